import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { judgeProgram } from '../judges.ts';
import { removeFolder, temporaryFolder } from './server.ts';

export interface KeyPair { readonly certificate: string; readonly key: string }
/** Paths of PEM files. The server's certificate is for 127.0.0.1, 127.0.0.2 and localhost unless told otherwise. */
export interface Certificates {
  readonly folder: string;
  readonly ca: string;
  readonly server: KeyPair;
  readonly client: KeyPair;
  remove(): void;
}
export interface CertificateOptions { /** As openssl writes them: 'DNS:localhost'. */ readonly names?: readonly string[]; /** Nought makes one that has expired. */ readonly days?: number }

const NAMES = ['IP:127.0.0.1', 'IP:127.0.0.2', 'DNS:localhost'];

/** Makes an authority of our own with a server's and a client's certificate (0.1 s). */
export function makeCertificates(options: CertificateOptions = {}): Certificates {
  const folder = temporaryFolder('certificates');
  const ca = { certificate: join(folder, 'ca.crt'), key: join(folder, 'ca.key') };
  openssl(['req', '-x509', ...newKey(ca.key), '-out', ca.certificate, '-days', '2', '-subj', '/CN=Towline test authority', '-addext', 'basicConstraints=critical,CA:TRUE', '-addext', 'keyUsage=critical,keyCertSign,cRLSign']);
  const sign = (name: string, days: number, extensions: readonly string[]): KeyPair => signed({ folder, ca, name, days, extensions });
  const server = sign('server', options.days ?? 2, [`subjectAltName=${(options.names ?? NAMES).join(',')}`, 'extendedKeyUsage=serverAuth']);
  const client = sign('client', 2, ['extendedKeyUsage=clientAuth']);
  return { folder, ca: ca.certificate, server, client, remove: () => removeFolder(folder) };
}

interface Signing { readonly folder: string; readonly ca: KeyPair; readonly name: string; readonly days: number; readonly extensions: readonly string[] }
function signed({ folder, ca, name, days, extensions }: Signing): KeyPair {
  mkdirSync(folder, { recursive: true });
  const [certificate, key, request, config] = ['crt', 'key', 'csr', 'ext'].map((ending) => join(folder, `${name}.${ending}`)) as [string, string, string, string];
  writeFileSync(config, `${extensions.join('\n')}\n`);
  openssl(['req', '-new', ...newKey(key), '-out', request, '-subj', `/CN=${name}`]);
  openssl(['x509', '-req', '-in', request, '-CA', ca.certificate, '-CAkey', ca.key, '-CAcreateserial', '-days', String(days), '-out', certificate, '-extfile', config]);
  return { certificate, key };
}

const newKey = (file: string): readonly string[] => ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', file];
const openssl = (args: readonly string[]): void => { execFileSync(judgeProgram('openssl'), args, { stdio: ['ignore', 'ignore', 'pipe'] }); };
