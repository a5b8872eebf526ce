import { createHmac } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { readFileSync } from 'node:fs';
import { judgeProgram } from '../judges.ts';
import type { Certificates } from './certificates.ts';
import { startProgram } from './program.ts';
import { freePort, waitForPort, withFreshPorts } from './readiness.ts';
import { HOST, serverOf, type Server, temporaryFolder } from './server.ts';

/** A blob service with one account. */
export interface BlobServer extends Server {
  /** 'http://127.0.0.1:PORT/devstoreaccount1'. */
  readonly url: string;
  readonly account: string;
  readonly key: string;
  readonly connectionString: string;
  /** The authority's file where it speaks TLS. */
  readonly ca?: string;
}

/** The account that every emulator has. */
export const ACCOUNT = { account: 'devstoreaccount1', key: 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==' } as const;

/** Azurite, Microsoft's emulator: it checks signatures, SAS and, over TLS, what tokens say. It keeps no versions. The official clients of today speak a newer version than it knows. */
export function startAzurite({ certificates }: { readonly certificates?: Certificates } = {}): Promise<BlobServer> {
  return withFreshPorts(async () => {
    const folder = temporaryFolder('azurite');
    const port = await freePort();
    const tls = certificates ? ['--oauth', 'basic', '--cert', certificates.server.certificate, '--key', certificates.server.key] : [];
    const program = startProgram(judgeProgram('azurite'), ['--blobHost', HOST, '--blobPort', String(port), '--inMemoryPersistence', '--silent', '--disableTelemetry', '--skipApiVersionCheck', ...tls], { cwd: folder, env: { HOME: folder } });
    await waitForPort(port, program);
    const protocol = certificates ? 'https' : 'http';
    const url = `${protocol}://${HOST}:${port}/${ACCOUNT.account}`;
    const connectionString = `DefaultEndpointsProtocol=${protocol};AccountName=${ACCOUNT.account};AccountKey=${ACCOUNT.key};BlobEndpoint=${url};`;
    return { ...serverOf({ port, folder, programs: [program] }), url, ...ACCOUNT, connectionString, ...(certificates && { ca: certificates.ca }) };
  });
}

/** One call to a blob service outside the code under test, so that a fault in our signing cannot hide itself. */
export interface BlobCall {
  readonly method: string;
  /** '/container/blob', not encoded. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}
export interface BlobAnswer { readonly status: number; readonly headers: Readonly<Record<string, string | string[] | undefined>>; readonly body: Buffer }

export async function makeContainer(server: BlobServer, container: string, { isPublic = false }: { readonly isPublic?: boolean } = {}): Promise<void> {
  await succeed(server, { method: 'PUT', path: `/${container}`, query: { restype: 'container' }, ...(isPublic && { headers: { 'x-ms-blob-public-access': 'container' } }) });
}

/** The names in a container, in the server's order; some thousand at most. */
export async function listBlobs(server: BlobServer, container: string, prefix = ''): Promise<readonly string[]> {
  const text = (await succeed(server, { method: 'GET', path: `/${container}`, query: { restype: 'container', comp: 'list', prefix } })).body.toString();
  return [...text.matchAll(/<Name>([^<]*)<\/Name>/g)].map((match) => (match[1] ?? '').replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&apos;', "'").replaceAll('&amp;', '&'));
}

/** Signs with the account's key and sends; whatever status comes back is the caller's to judge. */
export function callBlob(server: BlobServer, call: BlobCall): Promise<BlobAnswer> {
  const base = new URL(server.url);
  const path = base.pathname + call.path.split('/').map(encodeURIComponent).join('/');
  const query = Object.entries(call.query ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  const size = Buffer.byteLength(call.body ?? '');
  const own: Record<string, string> = { ...call.headers, 'x-ms-date': new Date().toUTCString(), 'x-ms-version': '2021-12-02' };
  const header = (name: string): string => own[name] ?? '';
  const lines = [call.method, '', '', size > 0 ? String(size) : '', header('content-md5'), header('content-type'), '', '', header('if-match'), header('if-none-match'), '', header('range')];
  const names = Object.keys(own).filter((name) => name.startsWith('x-ms-')).sort();
  const text = [...lines, ...names.map((name) => `${name}:${own[name] ?? ''}`), `/${server.account}${path}${query.map(([name, value]) => `\n${name}:${value}`).join('')}`].join('\n');
  const signature = createHmac('sha256', Buffer.from(server.key, 'base64')).update(text).digest('base64');
  const headers = { ...own, 'content-length': String(size), authorization: `SharedKey ${server.account}:${signature}` };
  const target = { host: base.hostname, port: base.port, method: call.method, path: `${path}?${query.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&')}`, headers, agent: false as const };
  return new Promise((resolve, reject) => {
    const request = base.protocol === 'https:' ? httpsRequest({ ...target, ...(server.ca === undefined ? {} : { ca: readFileSync(server.ca) }) }) : httpRequest(target);
    request.on('error', reject);
    request.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('error', reject);
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }));
    });
    request.end(call.body);
  });
}

async function succeed(server: BlobServer, call: BlobCall): Promise<BlobAnswer> {
  const answer = await callBlob(server, call);
  if (answer.status >= 300) throw new Error(`${call.method} ${call.path}: ${answer.status} ${answer.body.toString()}`);
  return answer;
}
