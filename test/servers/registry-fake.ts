import { createHash, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server as HttpServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { HOST } from './server.ts';

/** How this registry takes blobs otherwise than the plainest one of the distribution spec 1.1. */
export interface FakeUploads {
  /** Uploads go on at another origin. */
  readonly uploadsElsewhere?: boolean;
  readonly relativeLocations?: boolean;
  /** A larger PATCH is 416, as at GitHub. */
  readonly mostInChunk?: number;
  /** A larger PUT is 413, as behind many a proxy. */
  readonly mostInPut?: number;
  /** Said in `OCI-Chunk-Min-Length`; a smaller chunk that is not the last is 416. */
  readonly leastInChunk?: number;
  readonly mounts?: boolean;
}
/** What else it does otherwise. */
export interface FakeDialect extends FakeUploads {
  /** Blobs are read from another origin, by a redirect. */
  readonly redirects?: boolean;
  readonly tagsInPage?: number;
  readonly hasReferrers?: boolean;
  readonly deletes?: boolean;
  readonly basic?: { readonly user: string; readonly password: string };
  readonly knowsRanges?: boolean;
}
export interface FakeRequest { readonly origin: 'api' | 'elsewhere'; readonly method: string; readonly path: string; readonly headers: IncomingMessage['headers']; readonly size: number }
/** Answers a request itself and says so, or leaves it to the registry. */
export type Intercept = (request: { readonly method: string; readonly path: string; readonly origin: FakeRequest['origin']; readonly body: Buffer }, response: ServerResponse) => boolean;
export interface RegistryFake {
  readonly authority: string;
  readonly port: number;
  readonly requests: FakeRequest[];
  /** Blobs as they lie there, by 'repository digest'; tests damage them. */
  readonly blobs: Map<string, Buffer>;
  /** By 'repository digest', and by repository and tag. */
  readonly manifests: Map<string, Stored>;
  readonly tags: Map<string, Map<string, string>>;
  intercept: Intercept | undefined;
  stop(): Promise<void>;
}

export interface Stored { readonly mediaType: string; readonly bytes: Buffer }
interface State {
  readonly dialect: FakeDialect;
  readonly blobs: Map<string, Buffer>;
  readonly manifests: Map<string, Stored>;
  readonly tags: Map<string, Map<string, string>>;
  readonly uploads: Map<string, Buffer>;
  api: string;
  elsewhere: string;
}
interface Asked { readonly state: State; readonly method: string; readonly url: URL; readonly headers: IncomingMessage['headers']; readonly body: Buffer; readonly repository: string; readonly rest: string }
interface Answer { readonly status: number; readonly headers?: Readonly<Record<string, string | number>>; readonly body?: Buffer | string }

/** A registry of the distribution spec 1.1 in memory, in as many dialects as there are services. */
export async function startRegistryFake(dialect: FakeDialect = {}): Promise<RegistryFake> {
  const state: State = { dialect, blobs: new Map(), manifests: new Map(), tags: new Map(), uploads: new Map(), api: '', elsewhere: '' };
  const requests: FakeRequest[] = [];
  const fake: { intercept: Intercept | undefined } = { intercept: undefined };
  const serve = (origin: FakeRequest['origin']): HttpServer => createServer((request, response) => {
    void handle(request, response, origin).catch(() => { response.destroy(); });
  });
  const handle = async (request: IncomingMessage, response: ServerResponse, origin: FakeRequest['origin']): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const { method = '', url: path = '' } = request;
    requests.push({ origin, method, path, headers: request.headers, size: body.byteLength });
    if (fake.intercept?.({ method, path, origin, body }, response) === true) return;
    const { status, headers = {}, body: sent = '' } = dispatch(state, { origin, method, path, headers: request.headers, body });
    response.writeHead(status, { ...(method !== 'HEAD' && { 'content-length': Buffer.byteLength(sent) }), ...headers });
    response.end(method === 'HEAD' ? undefined : sent);
  };
  const [api, other] = [serve('api'), serve('elsewhere')];
  const [port, otherPort] = await Promise.all([api, other].map(listen));
  state.api = `http://${HOST}:${port}`;
  state.elsewhere = `http://${HOST}:${otherPort}`;
  return {
    authority: `${HOST}:${port}`, port: port ?? 0, requests, blobs: state.blobs, manifests: state.manifests, tags: state.tags,
    get intercept() { return fake.intercept; },
    set intercept(next) { fake.intercept = next; },
    stop: async () => { await Promise.all([api, other].map(close)); },
  };
}

async function listen(server: HttpServer): Promise<number> {
  await new Promise<void>((resolve) => { server.listen(0, HOST, resolve); });
  return (server.address() as AddressInfo).port;
}
async function close(server: HttpServer): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => { server.close(resolve); });
}

function dispatch(state: State, { origin, method, path, headers, body }: Omit<FakeRequest, 'size'> & { readonly body: Buffer }): Answer {
  const { basic } = state.dialect;
  const url = new URL(path, 'http://fake');
  const isLoggedIn = basic === undefined || headers.authorization === `Basic ${Buffer.from(`${basic.user}:${basic.password}`).toString('base64')}`;
  // Like storage behind a registry: it knows signed addresses only, and refuses who brings other credentials as well.
  if (origin === 'elsewhere' && headers.authorization !== undefined) return { status: 400, body: 'only one auth mechanism allowed' };
  if (origin === 'api' && !isLoggedIn) return { status: 401, headers: { 'www-authenticate': 'BASIC realm="fake"' }, body: errorBody('UNAUTHORIZED') };
  const found = /^\/v2\/(.+?)\/(blobs|manifests|tags|referrers)\/(.*)$/.exec(url.pathname);
  if (!found) return url.pathname === '/v2/' ? { status: 200, body: '{}' } : refuse(404, 'NAME_UNKNOWN');
  const [, repository = '', kind = '', rest = ''] = found;
  const asked: Asked = { state, method, url, headers, body, repository, rest };
  if (kind === 'tags') return tags(asked);
  if (kind === 'referrers') return referrers(asked);
  if (kind === 'manifests') return manifests(asked);
  return rest.startsWith('uploads/') ? uploads(asked) : blobs(asked, origin);
}

function blobs({ state, method, url, headers, repository, rest }: Asked, origin: FakeRequest['origin']): Answer {
  const key = `${repository} ${rest}`;
  const bytes = state.blobs.get(key);
  if (method === 'DELETE') return state.dialect.deletes === false ? refuse(405, 'UNSUPPORTED') : { status: state.blobs.delete(key) ? 202 : 404 };
  if (!bytes) return refuse(404, 'BLOB_UNKNOWN');
  if (method === 'HEAD') return { status: 200, headers: { 'content-length': bytes.byteLength, 'docker-content-digest': rest } };
  if (state.dialect.redirects === true && origin === 'api') return { status: 307, headers: { location: `${state.elsewhere}${url.pathname}?X-Amz-Signature=secret` } };
  const range = state.dialect.knowsRanges === false ? undefined : /^bytes=(\d+)-(\d*)$/.exec(headers.range ?? '');
  if (!range) return { status: 200, body: bytes };
  const [start, end] = [Number(range[1]), range[2] === '' ? bytes.byteLength : Math.min(bytes.byteLength, Number(range[2]) + 1)];
  return { status: 206, headers: { 'content-range': `bytes ${start}-${end - 1}/${bytes.byteLength}` }, body: bytes.subarray(start, end) };
}

function uploads(asked: Asked): Answer {
  const { state, method, url, repository, rest } = asked;
  const { dialect } = state;
  if (method === 'POST') {
    const [digest, from] = [url.searchParams.get('mount'), url.searchParams.get('from')];
    const held = dialect.mounts === false ? undefined : state.blobs.get(`${from} ${digest}`);
    if (held) {
      state.blobs.set(`${repository} ${digest}`, held);
      return { status: 201, headers: { location: `/v2/${repository}/blobs/${digest}` } };
    }
    const id = randomUUID();
    state.uploads.set(id, Buffer.alloc(0));
    return { status: 202, headers: { ...place(asked, id), range: '0-0' } };
  }
  const id = rest.slice('uploads/'.length);
  const before = state.uploads.get(id);
  if (!before) return refuse(404, 'BLOB_UPLOAD_UNKNOWN');
  if (method === 'DELETE') {
    state.uploads.delete(id);
    return { status: 204 };
  }
  if (method === 'GET') return { status: 204, headers: { ...place(asked, id), range: `0-${Math.max(0, before.byteLength - 1)}` } };
  return take(asked, id, before);
}

/** A piece of an upload; PUT closes it. */
function take(asked: Asked, id: string, before: Buffer): Answer {
  const { state, method, url, headers, body, repository } = asked;
  const { mostInChunk = Infinity, mostInPut = Infinity, leastInChunk = 0 } = state.dialect;
  const start = /^(\d+)-(\d+)$/.exec(headers['content-range'] ?? '');
  if (start && (Number(start[1]) !== before.byteLength || Number(start[2]) - Number(start[1]) + 1 !== body.byteLength)) return refuse(416, 'BLOB_UPLOAD_INVALID');
  if (method === 'PATCH' && (body.byteLength > mostInChunk || body.byteLength < leastInChunk)) return refuse(416, 'SIZE_INVALID');
  if (method === 'PUT' && body.byteLength > mostInPut) return { status: 413, headers: { 'content-type': 'text/html' }, body: '<h1>413 Request Entity Too Large</h1>' };
  const after = Buffer.concat([before, body]);
  state.uploads.set(id, after);
  if (method === 'PATCH') return { status: 202, headers: { ...place(asked, id), range: `0-${after.byteLength - 1}` } };
  const digest = url.searchParams.get('digest') ?? '';
  state.uploads.delete(id);
  if (digestOf(after, digest) !== digest) return refuse(400, 'DIGEST_INVALID');
  state.blobs.set(`${repository} ${digest}`, after);
  return { status: 201, headers: { location: `/v2/${repository}/blobs/${digest}`, 'docker-content-digest': digest } };
}

/** Each answer names another place, and the one before is wrong from then on only for who keeps it: its state is part of it. */
function place({ state, repository }: Asked, id: string): Readonly<Record<string, string>> {
  const { dialect } = state;
  const path = `/v2/${repository}/blobs/uploads/${id}?_state=${randomUUID()}%3D%3D`;
  return {
    location: dialect.uploadsElsewhere === true ? `${state.elsewhere}${path}` : dialect.relativeLocations === true ? path : `${state.api}${path}`,
    ...(dialect.leastInChunk !== undefined && { 'oci-chunk-min-length': String(dialect.leastInChunk) }),
  };
}

function manifests({ state, method, headers, body, repository, rest }: Asked): Answer {
  const names = state.tags.get(repository) ?? new Map<string, string>();
  state.tags.set(repository, names);
  const digest = rest.includes(':') ? rest : names.get(rest);
  const key = `${repository} ${digest}`;
  if (method === 'PUT') {
    const own = rest.includes(':') ? digestOf(body, rest) : digestOf(body, 'sha256:');
    if (rest.includes(':') && own !== rest) return refuse(400, 'DIGEST_INVALID');
    const fields = JSON.parse(body.toString()) as { readonly config?: { readonly digest: string }; readonly layers?: readonly { readonly digest: string }[]; readonly subject?: { readonly digest: string } };
    const missing = [fields.config, ...(fields.layers ?? [])].find((part) => part && !state.blobs.has(`${repository} ${part.digest}`));
    if (missing) return refuse(404, 'MANIFEST_BLOB_UNKNOWN', { digest: missing.digest });
    state.manifests.set(`${repository} ${own}`, { mediaType: headers['content-type'] ?? '', bytes: body });
    if (!rest.includes(':')) names.set(rest, own);
    const knowsSubject = fields.subject && state.dialect.hasReferrers !== false;
    return { status: 201, headers: { 'docker-content-digest': own, ...(knowsSubject && fields.subject && { 'oci-subject': fields.subject.digest }) } };
  }
  const stored = state.manifests.get(key);
  if (!stored || digest === undefined) return refuse(404, 'MANIFEST_UNKNOWN');
  if (method === 'DELETE') {
    if (state.dialect.deletes === false) return refuse(405, 'UNSUPPORTED');
    state.manifests.delete(key);
    for (const [tag, named] of names) if (named === digest) names.delete(tag);
    return { status: 202 };
  }
  return { status: 200, headers: { 'content-type': stored.mediaType, 'docker-content-digest': digest, 'content-length': stored.bytes.byteLength }, body: stored.bytes };
}

function tags({ state, url, repository }: Asked): Answer {
  const names = state.tags.get(repository);
  if (!names) return refuse(404, 'NAME_UNKNOWN');
  const all = [...names.keys()].toSorted().filter((tag) => tag > (url.searchParams.get('last') ?? ''));
  const page = all.slice(0, Math.min(state.dialect.tagsInPage ?? 1000, Number(url.searchParams.get('n') ?? 1000)));
  const next = page.length < all.length ? { link: `</v2/${repository}/tags/list?n=${url.searchParams.get('n') ?? ''}&last=${page.at(-1)}>; rel="next"` } : undefined;
  return { status: 200, headers: { 'content-type': 'application/json', ...next }, body: JSON.stringify({ name: repository, tags: page.length === 0 ? null : page }) };
}

function referrers({ state, url, repository, rest }: Asked): Answer {
  if (state.dialect.hasReferrers === false) return { status: 404, headers: { 'content-type': 'text/plain' }, body: '404 page not found' };
  const wanted = url.searchParams.get('artifactType');
  const found = [...state.manifests].filter(([key]) => key.startsWith(`${repository} `)).flatMap(([key, { mediaType, bytes }]) => {
    const { subject, artifactType, annotations } = JSON.parse(bytes.toString()) as { readonly subject?: { readonly digest: string }; readonly artifactType?: string; readonly annotations?: object };
    return subject?.digest === rest ? [{ mediaType, digest: key.split(' ')[1], size: bytes.byteLength, artifactType, annotations }] : [];
  }).filter(({ artifactType }) => wanted === null || artifactType === wanted);
  return { status: 200, headers: { 'content-type': 'application/vnd.oci.image.index.v1+json' }, body: JSON.stringify({ schemaVersion: 2, mediaType: 'application/vnd.oci.image.index.v1+json', manifests: found }) };
}

const digestOf = (bytes: Buffer, like: string): string => {
  const algorithm = like.startsWith('sha512:') ? 'sha512' : 'sha256';
  return `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`;
};
const errorBody = (code: string, detail?: unknown): string => JSON.stringify({ errors: [{ code, message: code.toLowerCase().replaceAll('_', ' '), detail }] });
const refuse = (status: number, code: string, detail?: unknown): Answer => ({ status, headers: { 'content-type': 'application/json' }, body: errorBody(code, detail) });
