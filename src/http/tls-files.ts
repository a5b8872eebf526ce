import { createSecureContext, type SecureContext } from 'node:tls';
import { TowlineError } from '../errors.ts';
import type { ConnectionSettings } from './transport.ts';

/** What the files of a remote's TLS settings are read by; undefined when the file is absent. */
export type ReadFile = (path: string) => Uint8Array | undefined;

/**
 * Reads the certificate files of a remote, at the first TLS connection and once. A CA file takes the place of the
 * roots that Node brings, as in requests and boto: who names one means it alone. Without one SSL_CERT_FILE counts.
 */
export function lazySecureContext(settings: ConnectionSettings, lent: { readonly readFile: ReadFile; readonly sslCertFile?: string | undefined }): () => SecureContext {
  let context: SecureContext | undefined;
  const make = (): SecureContext => {
    const { caFile, certificateFile, keyFile = certificateFile } = settings;
    const read = (path: string, what: string): Buffer => pem(lent.readFile, { path, what });
    const roots = caFile === undefined ? environmentRoots(lent) : read(caFile, 'CA file');
    const own = certificateFile === undefined || keyFile === undefined ? {} : { cert: read(certificateFile, 'certificate file'), key: read(keyFile, 'key file') };
    try {
      return createSecureContext({ ...own, ...(roots && { ca: roots }) });
    } catch (cause) {
      const files = [caFile, certificateFile, keyFile].filter((file) => file !== undefined).map((file) => `'${file}'`).join(', ');
      throw new TowlineError('INVALID_CONFIG', `the TLS files ${files} cannot be used: ${cause instanceof Error ? cause.message : String(cause)}`, {
        cause, hint: 'Check that they are PEM files, that the key is not encrypted, and that it belongs to the certificate.',
      });
    }
  };
  return () => (context ??= make());
}

/** A variable that leads nowhere is what OpenSSL ignores; a file a remote names must be there. */
function environmentRoots(lent: { readonly readFile: ReadFile; readonly sslCertFile?: string | undefined }): Buffer | undefined {
  const bytes = lent.sslCertFile === undefined || lent.sslCertFile === '' ? undefined : lent.readFile(lent.sslCertFile);
  const buffer = bytes && Buffer.from(bytes);
  return buffer && isPem(buffer) ? buffer : undefined;
}

function pem(readFile: ReadFile, { path, what }: { readonly path: string; readonly what: string }): Buffer {
  const bytes = readFile(path);
  if (bytes === undefined) throw new TowlineError('INVALID_CONFIG', `the ${what} '${path}' does not exist`, { hint: 'Correct the path in the settings of the remote.', context: { path } });
  const buffer = Buffer.from(bytes);
  // Node takes a CA file without any certificate in silence and then trusts nobody.
  if (!isPem(buffer)) throw new TowlineError('INVALID_CONFIG', `the ${what} '${path}' is not a PEM file`, { hint: "It must hold lines such as '-----BEGIN CERTIFICATE-----'.", context: { path } });
  return buffer;
}

function isPem(bytes: Buffer): boolean {
  return bytes.includes('-----BEGIN ');
}
