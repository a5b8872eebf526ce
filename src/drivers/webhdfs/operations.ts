import { hasCode, TowlineError } from '../../errors.ts';
import type { HttpBody } from '../../http/transport.ts';
import type { Source } from '../../storage/source.ts';
import { type FileStatus, parseFileStatus } from './file-status.ts';
import { isRecord, readJson } from './json.ts';
import type { About, Place } from './place.ts';

/** Answers of one small object. */
const MOST_JSON = 256 * 1024;
const NO_BYTES: HttpBody = { size: 0, bytes: new Uint8Array(), async *open() { /* none */ } };

/** Describes one name. Throws NOT_FOUND. */
export async function getStatus({ namenode }: Place, name: string, about: About): Promise<FileStatus> {
  const response = await namenode.ask({ ...about, method: 'GET', op: 'GETFILESTATUS', name });
  return parseFileStatus(response, (await readJson(response, MOST_JSON))['FileStatus']);
}

export async function findStatus(place: Place, name: string, about: About): Promise<FileStatus | undefined> {
  try {
    return await getStatus(place, name, about);
  } catch (error) {
    if (hasCode(error, 'NOT_FOUND')) return undefined;
    throw error;
  }
}

/** The checksum as DVC spells it: MD5 over the CRCs of the blocks, so equal bytes in other blocks have another. Undefined where the file system behind the server has none. */
export async function getChecksum({ namenode }: Place, name: string, about: About): Promise<string | undefined> {
  try {
    const response = await namenode.ask({ ...about, method: 'GET', op: 'GETFILECHECKSUM', name });
    const { FileChecksum: checksum } = await readJson(response, MOST_JSON);
    return isRecord(checksum) && typeof checksum['bytes'] === 'string' ? checksum['bytes'] : undefined;
  } catch (error) {
    if (hasCode(error, 'UNSUPPORTED')) return undefined;
    throw error;
  }
}

/** How an answer to RENAME reads: the NameNode says nothing when it has honoured `renameoptions`; HttpFS does not know them and says whether it renamed (3.4.2, 2026-11-28). */
export type Renamed = 'as asked' | 'plainly' | 'refused';

/** Renames a file. With OVERWRITE it replaces a file in one step, with NONE it refuses to; a plain one refuses, too, but moves into a folder of that name. */
export async function rename({ namenode }: Place, names: { readonly from: string; readonly to: string; readonly options?: 'OVERWRITE' | 'NONE' }, about: About): Promise<Renamed> {
  const { from, to, options } = names;
  // HttpFS trims what stands in the query; both take a '/' off the end of a name (3.4.2, 2026-11-28).
  const query = [['destination', /\s$/.test(to) ? `${to}/` : to] as const, ...(options === undefined ? [] : [['renameoptions', options] as const])];
  const answer = await readJson(await namenode.ask({ ...about, method: 'PUT', op: 'RENAME', name: from, query }), MOST_JSON);
  if (answer['boolean'] === undefined) return 'as asked';
  return answer['boolean'] === true ? 'plainly' : 'refused';
}

/** Deletes a file or an empty folder, or a folder with all that is in it. What is absent is fine. */
export async function remove({ namenode }: Place, name: string, { isRecursive = false, ...about }: About & { readonly isRecursive?: boolean }): Promise<void> {
  try {
    (await namenode.ask({ ...about, method: 'DELETE', op: 'DELETE', name, query: [['recursive', String(isRecursive)]] })).cancel();
  } catch (error) {
    if (!hasCode(error, 'NOT_FOUND')) throw error;
  }
}

/** Takes away what a failed write left. Its own failure is no news: the one that led here is reported, and nobody sees such a name. */
export async function discard(place: Place, name: string, { verb, path }: About): Promise<void> {
  await remove(place, name, { verb, path, isRecursive: true }).catch(() => undefined);
}

/** Stores all bytes of a source under a name, with the folders it needs, and looks whether as many arrived. */
export async function store(place: Place, name: string, { source, ...about }: About & { readonly source: Source }): Promise<FileStatus> {
  const { body, sent } = countedBody(source, about.signal);
  const status = await create(place, name, { ...about, body });
  const expected = source.size ?? sent();
  if (status.length === expected) return status;
  throw new TowlineError('UNAVAILABLE', `Cannot ${about.verb} '${about.path}' on ${place.displayUrl}: HDFS holds ${status.length} of ${expected} bytes`, {
    retryable: true, hint: 'Look for a proxy between here and the data nodes that cuts uploads off.', context: { path: about.path },
  });
}

async function create(place: Place, name: string, { body, ...about }: About & { readonly body: HttpBody }): Promise<FileStatus> {
  const put = async (sent: HttpBody): Promise<void> => { (await place.namenode.ask({ ...about, method: 'PUT', op: 'CREATE', name, query: [['overwrite', 'true']], body: sent })).cancel(); };
  try {
    await put(body).catch(async (error: unknown) => { throw await reasonOf(error, put); });
    return await getStatus(place, name, about);
  } catch (error) {
    if (!hasCode(error, 'NOT_FOUND')) throw error;
    throw new TowlineError('UNAVAILABLE', `Cannot ${about.verb} '${about.path}' on ${place.displayUrl}: its temporary file went away meanwhile`, { cause: error, retryable: true, context: { path: about.path } });
  }
}

/** Who refuses before all bytes have come may close the connection, and its words are lost (HttpFS 3.4.2, 2026-11-28): asked without bytes it can say them. */
async function reasonOf(error: unknown, put: (body: HttpBody) => Promise<void>): Promise<unknown> {
  const isLostConnection = hasCode(error, 'UNAVAILABLE') && error.retryable && error.context['status'] === undefined;
  if (!isLostConnection) return error;
  return await put(NO_BYTES).then(() => error, (reason: unknown) => (reason instanceof TowlineError && reason.context['status'] !== undefined ? reason : error));
}

function countedBody(source: Source, signal: AbortSignal | undefined): { readonly body: HttpBody; sent(): number } {
  const { size, origin } = source;
  let sent = 0;
  const body: HttpBody = {
    size,
    ...(origin?.kind === 'memory' && origin.bytes.byteLength === size && { bytes: origin.bytes }),
    async *open() {
      sent = 0;
      for await (const chunk of source.open(signal && { signal })) {
        sent += chunk.byteLength;
        yield chunk;
      }
    },
  };
  return { body, sent: () => sent };
}
