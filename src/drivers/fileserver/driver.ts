import { hasCode, TowlineError } from '../../errors.ts';
import { readText } from '../../http/bounded.ts';
import { encodePath } from '../../http/encode-path.ts';
import { contentRange, rangedBody, rangeHeader } from '../../http/ranges.ts';
import { followRedirects } from '../../http/redirects.ts';
import type { HttpBody, HttpResponse } from '../../http/transport.ts';
import type { Address, Opening } from '../../storage/definition.ts';
import type { Content, DeleteResult, Driver, Entry, ObjectName, ReadOptions, WriteOptions, Written } from '../../storage/driver.ts';
import type { Path } from '../../storage/path.ts';
import type { Source } from '../../storage/source.ts';
import { createLogin } from './auth.ts';
import { fileserverError } from './errors.ts';
import { formBody } from './form.ts';
import type { FileserverOptions } from './options.ts';

interface Call { readonly method: string; readonly path: string; readonly what: string; readonly headers?: readonly (readonly [string, string])[]; readonly body?: HttpBody; readonly signal: AbortSignal | undefined }
/** One request to the server, its refusals thrown. */
type Send = (call: Call, ...good: readonly number[]) => Promise<HttpResponse>;

/** The driver of one file server. */
export function createFileserverDriver({ displayUrl }: Address, options: FileserverOptions, opening: Opening): Driver {
  const transport = opening.connect({ verifyTls: options.ssl_verify, connectTimeoutSeconds: options.connect_timeout, idleTimeoutSeconds: options.read_timeout });
  const exchange = followRedirects(transport);
  const login = createLogin(options, transport, opening.now);
  const once = async ({ method, path, headers = [], body, signal }: Call, token: string | undefined): Promise<HttpResponse> => await exchange.send({
    method, url: new URL(`${displayUrl}${path}`), ...(body && { body }), ...(signal && { signal }),
    // Compressed answers would lie about the length.
    headers: [['accept-encoding', 'identity'], ...(token === undefined ? [] : [['authorization', `Bearer ${token}`] as const]), ...headers],
  });
  const send: Send = async (call, ...good) => {
    const token = await login.token(call.signal);
    let response = await once(call, token);
    if (response.status === 401 && token !== undefined && login.discard(token)) {
      response.cancel();
      response = await once(call, await login.token(call.signal));
    }
    if (good.includes(response.status)) return response;
    throw await fileserverError(response, `${call.what} on ${displayUrl}`, { method: call.method, now: opening.now() });
  };
  return {
    displayUrl,
    traits: { writes: 'partial', listing: 'directory', etagField: 'checksum', concurrency: options.jobs ?? 16, deleteBatch: 1 },
    async stat(path, { versionId, signal } = {}) {
      refuseVersion(versionId);
      const response = await send({ method: 'HEAD', path: urlPath(path), what: `looking at '${path}'`, signal }, 200);
      response.cancel();
      return entryOf(path, response);
    },
    read: async (path, call) => read(send, path, call),
    write: async (path, source, call) => write(send, path, { source, ...call, boundary: Buffer.from(opening.randomBytes(16)).toString('hex') }),
    delete: async (names, call) => Promise.all(names.map((name) => remove(send, name, call?.signal))),
    close: async () => transport.close?.(),
  };
}

const urlPath = (path: Path): string => `/${encodePath(path)}`;

function refuseVersion(versionId: string | undefined): void {
  if (versionId !== undefined) throw new TowlineError('UNSUPPORTED', "ClearML's file server keeps no versions");
}

function entryOf(path: Path, response: HttpResponse): Entry {
  const length = response.header('content-length');
  const size = response.status === 206 ? contentRange(response)?.total : length !== undefined && /^\d{1,15}$/.test(length) ? Number(length) : undefined;
  const [etag, modifiedAt] = [response.header('etag'), Date.parse(response.header('last-modified') ?? '')];
  return { path, kind: 'file', ...(size !== undefined && { size }), ...(!Number.isNaN(modifiedAt) && { modifiedAt }), ...(etag !== undefined && { etag }) };
}

async function read(send: Send, path: Path, { start = 0, end, ifMatch, versionId, signal }: ReadOptions = {}): Promise<Content> {
  refuseVersion(versionId);
  const isNothing = end !== undefined && end <= start;
  const response = await send({ method: isNothing ? 'HEAD' : 'GET', path: urlPath(path), what: `reading '${path}'`, signal, headers: isNothing ? [] : rangeHeader({ start, end }) }, 200, ...(start > 0 || end !== undefined ? [206, 416] : []));
  try {
    if (response.status === 416 || isNothing) {
      const entry = response.status === 416 ? { path, kind: 'file', size: contentRange(response)?.total ?? 0 } as const : entryOf(path, response);
      response.cancel();
      return { entry, body: (async function* () { /* nothing lies in the range */ })(), cancel: () => undefined };
    }
    const entry = entryOf(path, response);
    if (ifMatch !== undefined && entry.etag !== ifMatch) throw new TowlineError('PRECONDITION_FAILED', `'${path}' is no longer what it was`, { hint: 'Start again from the beginning.', context: { path } });
    return { entry, body: rangedBody(response, { path, start, end }), cancel: () => response.cancel() };
  } catch (error) {
    response.cancel();
    throw error;
  }
}

interface Writing extends WriteOptions { readonly source: Source; readonly boundary: string }

async function write(send: Send, path: Path, { source, boundary, mode = 'overwrite', contentType, signal }: Writing): Promise<Written> {
  if (mode !== 'overwrite') throw new TowlineError('UNSUPPORTED', "ClearML's file server knows no conditions: the last upload wins");
  const form = formBody(source, { path, boundary, contentType: contentType ?? 'application/octet-stream', signal });
  const response = await send({ method: 'POST', path: '/', what: `writing '${path}'`, signal, headers: [['content-type', `multipart/form-data; boundary=${boundary}`]], body: form.body }, 200);
  const stored = await readText(response, 1 << 20);
  if (!isStored(stored, path)) throw new TowlineError('UNKNOWN', `the server did not say that it stored '${path}', but: ${stored.slice(0, 200)}`, { hint: 'Check that the URL is that of the file server (port 8081), not of the web server.' });
  return { entry: { path, kind: 'file', size: source.size ?? form.sent() }, how: 'streamed' };
}

function isStored(text: string, path: Path): boolean {
  try {
    const names: unknown = JSON.parse(text);
    return Array.isArray(names) && names.includes(path);
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

async function remove(send: Send, { path, versionId }: ObjectName, signal: AbortSignal | undefined): Promise<DeleteResult> {
  refuseVersion(versionId);
  try {
    (await send({ method: 'DELETE', path: urlPath(path), what: `deleting '${path}'`, signal }, 200, 204, 404)).cancel();
    return { path };
  } catch (error) {
    if (hasCode(error, 'ABORTED') || !(error instanceof TowlineError)) throw error;
    return { path, error };
  }
}
