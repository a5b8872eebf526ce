import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ACCOUNT, type BlobServer } from './azurite.ts';
import { HOST, removeFolder, temporaryFolder } from './server.ts';

/** One version of one blob. */
interface Stored {
  readonly id: string;
  readonly bytes: Buffer;
  readonly etag: string;
  readonly modified: string;
  readonly headers: Readonly<Record<string, string>>;
  isCurrent: boolean;
}
interface Asked {
  readonly method: string;
  /** Path segments behind the account, decoded. */
  readonly path: readonly string[];
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}
interface Answered { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string | Buffer }

export interface VersionedBlobs extends BlobServer {
  /** 'PUT /data/x?comp=block', in the order they came. */
  readonly requests: readonly string[];
}

/**
 * Azure Blob Storage with blob versions, and with the copies from URLs that Azurite has not: https://learn.microsoft.com/azure/storage/blobs/versioning-overview.
 * It looks at no signature, Azurite does. The official client judges it in test/drivers/azure-versions.test.ts before it judges us.
 */
export async function startVersionedBlobs({ pageSize = 7 }: { readonly pageSize?: number } = {}): Promise<VersionedBlobs> {
  const folder = temporaryFolder('versioned-blobs');
  const requests: string[] = [];
  const service = createService(pageSize);
  const server = createServer((request, response) => {
    void readBody(request).then((body) => {
      const url = new URL(request.url ?? '/', 'http://x');
      requests.push(`${request.method ?? ''} ${url.pathname.slice(ACCOUNT.account.length + 1)}${url.search}`);
      const path = url.pathname.split('/').slice(2).map(decodeURIComponent);
      const answer = service({ method: request.method ?? '', path: [path[0] ?? '', path.slice(1).join('/')].filter((part) => part !== ''), query: url.searchParams, headers: request.headers, body });
      const bytes = Buffer.from(answer.body ?? '');
      response.writeHead(answer.status, { 'x-ms-request-id': `request-${requests.length}`, 'x-ms-version': '2021-12-02', date: new Date().toUTCString(), 'content-length': String(bytes.byteLength), ...answer.headers });
      response.end(request.method === 'HEAD' ? undefined : bytes);
    }, () => response.destroy());
  });
  await new Promise<void>((resolve) => { server.listen(0, HOST, resolve); });
  const { port } = server.address() as AddressInfo;
  const url = `http://${HOST}:${port}/${ACCOUNT.account}`;
  return {
    host: HOST, port, folder, url, ...ACCOUNT, requests,
    connectionString: `DefaultEndpointsProtocol=http;AccountName=${ACCOUNT.account};AccountKey=${ACCOUNT.key};BlobEndpoint=${url};`,
    output: () => requests.join('\n'),
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => { server.close(resolve); });
      removeFolder(folder);
    },
  };
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  const announced = request.headers['content-length'];
  if (announced !== undefined && Number(announced) !== body.byteLength) throw new Error('cut off');
  return body;
}

class Refused extends Error {
  readonly answer: Answered;
  constructor(status: number, code: string) {
    super(code);
    this.answer = { status, headers: { 'x-ms-error-code': code, 'content-type': 'application/xml' }, body: `<?xml version="1.0"?><Error><Code>${code}</Code><Message>${code}</Message></Error>` };
  }
}

function createService(pageSize: number): (asked: Asked) => Answered {
  const containers = new Map<string, Map<string, Stored[]>>();
  const blocks = new Map<string, Map<string, Buffer>>();
  let count = 0;
  const header = (asked: Asked, name: string): string | undefined => asked.headers[name]?.toString();
  const blobsOf = (asked: Asked): Map<string, Stored[]> => {
    const found = containers.get(asked.path[0] ?? '');
    if (!found) throw new Refused(404, 'ContainerNotFound');
    return found;
  };
  const versionsOf = (asked: Asked): Stored[] => blobsOf(asked).get(asked.path[1] ?? '') ?? [];
  const find = (asked: Asked): Stored => {
    const id = asked.query.get('versionid');
    const found = versionsOf(asked).find((one) => (id === null ? one.isCurrent : one.id === id));
    if (!found) throw new Refused(404, 'BlobNotFound');
    return found;
  };
  const check = (asked: Asked): void => {
    const current = versionsOf(asked).find((one) => one.isCurrent);
    if (header(asked, 'if-none-match') === '*' && current) throw new Refused(409, 'BlobAlreadyExists');
    const match = header(asked, 'if-match');
    if (match !== undefined && match !== '*' && current?.etag !== match) throw new Refused(412, 'ConditionNotMet');
  };
  const store = (asked: Asked, bytes: Buffer): Answered => {
    check(asked);
    const expected = asked.query.has('comp') ? undefined : header(asked, 'content-md5') ?? header(asked, 'x-ms-source-content-md5');
    const md5 = createHash('md5').update(bytes).digest('base64');
    if (expected !== undefined && expected !== md5) throw new Refused(400, 'Md5Mismatch');
    const id = new Date(Date.UTC(2026, 10, 21) + ++count).toISOString().replace('Z', '0000Z');
    const own = Object.fromEntries(Object.entries(asked.headers).flatMap(([name, value]) => (name.startsWith('x-ms-meta-') ? [[name, String(value)]] : [])));
    const stored: Stored = { id, bytes, etag: `"0x8DE${String(count).padStart(12, '0')}"`, modified: new Date().toUTCString(), isCurrent: true, headers: { ...own, 'content-type': header(asked, 'x-ms-blob-content-type') ?? 'application/octet-stream' } };
    const versions = versionsOf(asked);
    for (const version of versions) version.isCurrent = false;
    blobsOf(asked).set(asked.path[1] ?? '', [...versions, stored]);
    blocks.delete(asked.path.join('/'));
    return { status: 201, headers: { etag: stored.etag, 'last-modified': stored.modified, 'x-ms-version-id': id, ...(asked.query.has('comp') ? {} : { 'content-md5': md5 }), 'x-ms-request-server-encrypted': 'true' } };
  };
  /** What `x-ms-copy-source` names, which must be here and signed. */
  const source = (asked: Asked): Buffer => {
    const url = new URL(header(asked, 'x-ms-copy-source') ?? '');
    if (!url.searchParams.has('sig')) throw new Refused(403, 'CannotVerifyCopySource');
    const [container = '', ...rest] = url.pathname.split('/').slice(2).map(decodeURIComponent);
    const { bytes } = find({ ...asked, path: [container, rest.join('/')], query: url.searchParams });
    const range = /^bytes=(\d+)-(\d+)$/.exec(header(asked, 'x-ms-source-range') ?? '');
    return range ? bytes.subarray(Number(range[1]), Number(range[2]) + 1) : bytes;
  };
  const block = (asked: Asked): Answered => {
    blobsOf(asked);
    const id = asked.query.get('blockid') ?? '';
    const held = blocks.get(asked.path.join('/')) ?? new Map<string, Buffer>();
    const [other = id] = held.keys();
    if (Buffer.from(other, 'base64').byteLength !== Buffer.from(id, 'base64').byteLength) throw new Refused(400, 'InvalidBlobOrBlock');
    blocks.set(asked.path.join('/'), held.set(id, header(asked, 'x-ms-copy-source') === undefined ? asked.body : source(asked)));
    return { status: 201 };
  };
  const commit = (asked: Asked): Answered => {
    const held = blocks.get(asked.path.join('/'));
    return store(asked, Buffer.concat([...asked.body.toString().matchAll(/<(?:Latest|Uncommitted)>([^<]*)</g)].map(([, id = '']) => {
      const bytes = held?.get(id);
      if (!bytes) throw new Refused(400, 'InvalidBlockList');
      return bytes;
    })));
  };
  const blockList = (asked: Asked): Answered => {
    const held = blocks.get(asked.path.join('/'));
    if (!held && !versionsOf(asked).some((one) => one.isCurrent)) throw new Refused(404, 'BlobNotFound');
    const rows = [...(held ?? [])].map(([id, bytes]) => `<Block><Name>${id}</Name><Size>${bytes.byteLength}</Size></Block>`);
    return xml(`<BlockList><CommittedBlocks /><UncommittedBlocks>${rows.join('')}</UncommittedBlocks></BlockList>`);
  };
  const read = (asked: Asked): Answered => {
    const found = find(asked);
    const match = header(asked, 'if-match');
    if (match !== undefined && match !== found.etag) throw new Refused(412, 'ConditionNotMet');
    const facts = { ...found.headers, etag: found.etag, 'last-modified': found.modified, 'x-ms-version-id': found.id, 'x-ms-blob-type': 'BlockBlob', 'accept-ranges': 'bytes', ...(found.isCurrent ? { 'x-ms-is-current-version': 'true' } : {}) };
    if (asked.method === 'HEAD') return { status: 200, headers: { ...facts, 'content-length': String(found.bytes.byteLength) } };
    const range = /^bytes=(\d+)-(\d*)$/.exec(header(asked, 'x-ms-range') ?? header(asked, 'range') ?? '');
    if (!range) return { status: 200, headers: facts, body: found.bytes };
    const start = Number(range[1]);
    if (start >= found.bytes.byteLength) throw new Refused(416, 'InvalidRange');
    const end = Math.min(found.bytes.byteLength, range[2] === '' ? Number.POSITIVE_INFINITY : Number(range[2]) + 1);
    return { status: 206, headers: { ...facts, 'content-range': `bytes ${start}-${end - 1}/${found.bytes.byteLength}` }, body: found.bytes.subarray(start, end) };
  };
  const remove = (asked: Asked): Answered => {
    const found = find(asked);
    if (!asked.query.has('versionid')) {
      check(asked);
      found.isCurrent = false;
    } else if (found.isCurrent) throw new Refused(403, 'OperationNotAllowedOnRootBlob');
    else blobsOf(asked).set(asked.path[1] ?? '', versionsOf(asked).filter((one) => one !== found));
    return { status: 202 };
  };
  const list = (asked: Asked): Answered => {
    const withVersions = (asked.query.get('include') ?? '').split(',').includes('versions');
    const rows = [...blobsOf(asked)].sort(([a], [b]) => (a < b ? -1 : 1)).filter(([name]) => name.startsWith(asked.query.get('prefix') ?? ''))
      .flatMap(([name, versions]) => versions.filter((one) => withVersions || one.isCurrent).map((one) => ({ name, ...one })));
    const start = Number(asked.query.get('marker') ?? 0);
    const page = rows.slice(start, start + Math.min(pageSize, Number(asked.query.get('maxresults') ?? pageSize)));
    const items = page.map(({ name, id, isCurrent, bytes, etag, modified, headers }) => `<Blob><Name>${escape(name)}</Name>${withVersions ? `<VersionId>${id}</VersionId>${isCurrent ? '<IsCurrentVersion>true</IsCurrentVersion>' : ''}` : ''}<Properties><Creation-Time>${modified}</Creation-Time><Last-Modified>${modified}</Last-Modified><Etag>${etag.replaceAll('"', '')}</Etag><Content-Length>${bytes.byteLength}</Content-Length><Content-Type>${headers['content-type'] ?? ''}</Content-Type><BlobType>BlockBlob</BlobType><LeaseStatus>unlocked</LeaseStatus><LeaseState>available</LeaseState></Properties><Metadata>${Object.entries(headers).filter(([key]) => key.startsWith('x-ms-meta-')).map(([key, value]) => `<${key.slice(10)}>${escape(value)}</${key.slice(10)}>`).join('')}</Metadata></Blob>`);
    const end = start + page.length;
    return xml(`<EnumerationResults ServiceEndpoint="http://x/" ContainerName="${asked.path[0] ?? ''}"><Blobs>${items.join('')}</Blobs>${end < rows.length ? `<NextMarker>${end}</NextMarker>` : '<NextMarker />'}</EnumerationResults>`);
  };
  const batch = (asked: Asked): Answered => {
    const [, boundary = ''] = /boundary="?([^";]+)/.exec(header(asked, 'content-type') ?? '') ?? [];
    const parts = asked.body.toString().split(`--${boundary}`).flatMap((part) => {
      const [, id, method = '', target = ''] = /content-id: (\d+)[^]*?\r\n\r\n([A-Z]+) (\S+) HTTP/i.exec(part) ?? [];
      if (id === undefined) return [];
      const url = new URL(target, 'http://x');
      const [container = '', ...rest] = url.pathname.split('/').filter((segment) => segment !== '' && segment !== ACCOUNT.account).map(decodeURIComponent);
      const { status, headers = {}, body = '' } = answerTo({ method, path: [container, rest.join('/')], query: url.searchParams, headers: {}, body: Buffer.alloc(0) });
      return [`--answers\r\nContent-Type: application/http\r\nContent-ID: ${id}\r\n\r\nHTTP/1.1 ${status} x\r\n${Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${body.toString()}\r\n`];
    });
    return { status: 202, headers: { 'content-type': 'multipart/mixed; boundary=answers' }, body: `${parts.join('')}--answers--\r\n` };
  };
  const ofContainer = (asked: Asked): Answered => {
    const comp = asked.query.get('comp');
    if (asked.method === 'PUT') containers.set(asked.path[0] ?? '', new Map());
    else if (comp === 'list') return list(asked);
    else if (comp === 'batch') return batch(asked);
    return { status: 201 };
  };
  const ofBlob = (asked: Asked): Answered => {
    const comp = asked.query.get('comp');
    if (asked.method === 'GET' || asked.method === 'HEAD') return comp === 'blocklist' ? blockList(asked) : read(asked);
    if (asked.method === 'DELETE') return remove(asked);
    if (comp === 'block') return block(asked);
    return comp === 'blocklist' ? commit(asked) : store(asked, header(asked, 'x-ms-copy-source') === undefined ? asked.body : source(asked));
  };
  const answerTo = (asked: Asked): Answered => {
    try {
      return asked.path.length < 2 ? ofContainer(asked) : ofBlob(asked);
    } catch (error) {
      if (error instanceof Refused) return error.answer;
      throw error;
    }
  };
  return answerTo;
}

const xml = (text: string): Answered => ({ status: 200, headers: { 'content-type': 'application/xml' }, body: `<?xml version="1.0" encoding="utf-8"?>${text}` });
const escape = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
