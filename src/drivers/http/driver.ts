import { hasCode, TowlineError } from '../../errors.ts';
import { followRedirects } from '../../http/redirects.ts';
import type { ConnectionSettings, HttpBody } from '../../http/transport.ts';
import type { Address, Opening } from '../../storage/definition.ts';
import type { DeleteResult, Driver, ObjectName, StatOptions, WriteOptions, Written } from '../../storage/driver.ts';
import type { Path } from '../../storage/path.ts';
import type { Source } from '../../storage/source.ts';
import { objectUrls } from './address.ts';
import { withCredentials } from './auth.ts';
import { httpError } from './errors.ts';
import { entryOf } from './entry.ts';
import type { HttpOptions } from './options.ts';
import { read } from './read.ts';
import type { Server } from './server.ts';
import { createStat } from './stat.ts';

/** The driver of one HTTP remote. */
export function createHttpDriver(address: Address, given: HttpOptions, opening: Opening): Driver {
  const options = withAddress(address, given);
  const { displayUrl } = address;
  const transport = opening.connect(connectionSettings(options));
  const secretHeaders = options.custom_auth_header === undefined ? [] : [options.custom_auth_header];
  const exchange = followRedirects(withCredentials(transport, { displayUrl, options, opening }), { secretHeaders });
  const urlOf = objectUrls(displayUrl, options.query);
  const base: Omit<Server, 'stat'> = {
    send: (method, path, { headers, signal, body }) =>
      exchange.send({ method, url: urlOf(path), headers: [['accept-encoding', 'identity'], ...headers], ...(body && { body }), ...(signal && { signal }) }),
    attempt: (verb, method, path) => ({ verb, method, path, displayUrl, now: opening.now() }),
  };
  const server: Server = { ...base, stat: createStat(base) };
  return {
    displayUrl,
    traits: { writes: 'partial', listing: 'directory', etagField: 'checksum', concurrency: options.jobs ?? 4 * opening.processors, deleteBatch: 1 },
    stat: async (path, statOptions) => {
      refuseVersion(statOptions);
      return server.stat(path, statOptions);
    },
    read: async (path, readOptions) => {
      refuseVersion(readOptions);
      return read(server, path, readOptions);
    },
    write: (path, source, writeOptions) => write(server, path, { source, method: options.method ?? 'POST', ...writeOptions }),
    ...(options.delete === true && { delete: (names: readonly ObjectName[], { signal } = {} as { readonly signal?: AbortSignal }) => Promise.all(names.map((name) => remove(server, name, signal))) }),
    close: async () => transport.close?.(),
  };
}

/** The remote's settings win over what its URL says. */
function withAddress({ options: inUrl = {} }: Address, given: HttpOptions): HttpOptions {
  const login = given.auth === undefined && given.user === undefined && inUrl['auth'] === 'basic';
  return {
    ...given,
    ...(login && { auth: 'basic', user: inUrl['user'], password: given.password ?? inUrl['password'] }),
    query: given.query ?? inUrl['query'],
  };
}

function connectionSettings({ ssl_verify: verify, cert_path: certificateFile, key_path: keyFile, connect_timeout: connect, read_timeout: idle }: HttpOptions): ConnectionSettings {
  return {
    verifyTls: verify !== false,
    ...(typeof verify === 'string' && { caFile: verify }),
    ...(certificateFile !== undefined && { certificateFile }), ...(keyFile !== undefined && { keyFile }),
    ...(connect !== undefined && { connectTimeoutSeconds: connect }), ...(idle !== undefined && { idleTimeoutSeconds: idle }),
  };
}

function refuseVersion(options: StatOptions | undefined): void {
  if (options?.versionId !== undefined) throw new TowlineError('UNSUPPORTED', 'an HTTP server keeps no versions that could be named');
}

interface Writing extends WriteOptions {
  readonly source: Source;
  readonly method: 'POST' | 'PUT';
}

async function write(server: Server, path: Path, { source, method, mode = 'overwrite', contentType = 'application/octet-stream', signal }: Writing): Promise<Written> {
  if (mode !== 'overwrite') throw new TowlineError('UNSUPPORTED', 'an HTTP server cannot be trusted to honour conditions on uploads: many ignore them in silence');
  const md5 = source.checksum?.name === 'md5' ? [['content-md5', Buffer.from(source.checksum.value, 'hex').toString('base64')] as const] : [];
  let sent = 0;
  const body: HttpBody = {
    size: source.size,
    ...(source.origin?.kind === 'memory' && source.origin.bytes.byteLength === source.size && { bytes: source.origin.bytes }),
    async *open() {
      sent = 0;
      for await (const chunk of source.open(signal && { signal })) {
        sent += chunk.byteLength;
        yield chunk;
      }
    },
  };
  const response = await server.send(method, path, { signal, headers: [['content-type', contentType], ...md5], body });
  if (response.status < 200 || response.status > 299) throw await httpError(response, server.attempt('write', method, path));
  // The length in the answer is that of the answer, not of the object.
  const { etag } = entryOf(path, response);
  response.cancel();
  return { entry: { path, kind: 'file', size: source.size ?? sent, ...(etag !== undefined && response.header('etag') !== undefined && { etag }) }, how: 'streamed' };
}

async function remove(server: Server, { path, versionId }: ObjectName, signal: AbortSignal | undefined): Promise<DeleteResult> {
  refuseVersion({ ...(versionId !== undefined && { versionId }) });
  try {
    const response = await server.send('DELETE', path, { signal, headers: [] });
    if ((response.status < 200 || response.status > 299) && response.status !== 404 && response.status !== 410) throw await httpError(response, server.attempt('delete', 'DELETE', path));
    response.cancel();
    return { path };
  } catch (error) {
    // Being stopped is the batch's end; every other failure is that of one name.
    if (hasCode(error, 'ABORTED') || !(error instanceof TowlineError)) throw error;
    return { path, error };
  }
}
