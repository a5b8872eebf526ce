import type { Runtime } from '../runtime.ts';
import { proxiesFrom } from './proxy.ts';
import { createSockets } from './sockets.ts';
import { lazySecureContext, type ReadFile } from './tls-files.ts';
import type { Connect } from './transport.ts';
import { createUndiciTransport } from './undici-transport.ts';

/** Makes the one way to the net. `lent.readFile` reads certificate files: this room opens none itself. */
export function createConnect(runtime: Pick<Runtime, 'env' | 'warn'>, lent: { readonly readFile: ReadFile }): Connect {
  const proxyFor = proxiesFrom(runtime.env);
  let hasWarned = false;
  return (settings = {}) => {
    const { verifyTls = true, connectTimeoutSeconds = 10, usesProxy = true } = settings;
    if (!verifyTls && !hasWarned) {
      hasWarned = true;
      runtime.warn({ code: 'TLS_NOT_VERIFIED', text: "TLS certificates are not verified ('ssl_verify = false'): anyone on the way can read and change what is sent. Name the authority's file in 'ssl_verify' instead." });
    }
    const secureContext = lazySecureContext(settings, { readFile: lent.readFile, sslCertFile: runtime.env['SSL_CERT_FILE'] });
    const openSocket = createSockets({ secureContext, verifyTls, connectTimeoutSeconds });
    return createUndiciTransport(settings, { openSocket, proxyFor: usesProxy ? proxyFor : () => undefined });
  };
}
