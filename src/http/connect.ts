import { TowlineError } from '../errors.ts';
import type { Runtime } from '../runtime.ts';
import { proxiesFrom } from './proxy.ts';
import { createSockets } from './sockets.ts';
import { lazySecureContext, type ReadFile } from './tls-files.ts';
import { createSocketTransport, type TransportParts } from './socket-transport.ts';
import type { Connect, ConnectionSettings, Transport } from './transport.ts';

/** Makes the one way to the net. `lent.readFile` reads certificate files: this room opens none itself. */
export function createConnect(runtime: Pick<Runtime, 'env' | 'warn' | 'now' | 'pause'>, lent: { readonly readFile: ReadFile }): Connect {
  const proxyFor = proxiesFrom(runtime.env);
  const make = transportNamed(runtime.env['TOW_TRANSPORT']);
  let most: number | undefined;
  let hasWarned = false;
  return (given = {}) => {
    most ??= mostConnections(lent.readFile);
    const settings = { ...given, connections: Math.min(given.connections ?? most, most) };
    const { verifyTls = true, connectTimeoutSeconds = 10, usesProxy = true } = settings;
    if (!verifyTls && !hasWarned) {
      hasWarned = true;
      runtime.warn({ code: 'TLS_NOT_VERIFIED', text: "TLS certificates are not verified ('ssl_verify = false'): anyone on the way can read and change what is sent. Name the authority's file in 'ssl_verify' instead." });
    }
    const secureContext = lazySecureContext(settings, { readFile: lent.readFile, sslCertFile: runtime.env['SSL_CERT_FILE'] });
    const openSocket = createSockets({ secureContext, verifyTls, connectTimeoutSeconds });
    return make(settings, { openSocket, proxyFor: usesProxy ? proxyFor : () => undefined, now: runtime.now, pause: runtime.pause });
  };
}

/** More than 256 are no faster. Each is an open file, of which half, and some for the program itself, are for others; only Linux tells how many there may be (proc(5)). */
function mostConnections(readFile: ReadFile): number {
  const limits = readFile('/proc/self/limits');
  const files = limits && /^Max open files\s+(\d+)/m.exec(Buffer.from(limits).toString('latin1'))?.[1];
  return files === undefined ? 256 : Math.min(256, Math.max(4, Math.floor((Number(files) - 64) / 2)));
}

type MakeTransport = (settings: ConnectionSettings, parts: TransportParts) => Transport;

/** Every transport keeps the same promises (test/transport); the second one is there to tell a fault of the first from one of a server. */
function transportNamed(name = 'own'): MakeTransport {
  if (name === 'own' || name === '') return createSocketTransport;
  if (name === 'undici') return lazyUndici;
  throw new TowlineError('INVALID_CONFIG', `TOW_TRANSPORT is '${name}'; there are 'own' and 'undici'`, { hint: 'Unset it.' });
}

/** undici is not even loaded where it is not used: that takes 20 ms. */
const lazyUndici: MakeTransport = (settings, parts) => {
  let opened: Promise<Transport> | undefined;
  const open = (): Promise<Transport> => (opened ??= import('./undici-transport.ts').then(({ createUndiciTransport }) => createUndiciTransport(settings, parts)));
  return {
    send: async (request) => (await open()).send(request),
    async close() {
      await (await opened)?.close?.();
    },
  };
};
