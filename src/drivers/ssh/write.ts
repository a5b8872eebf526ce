import { TowlineError } from '../../errors.ts';
import { throwIfAborted } from '../../storage/call.ts';
import type { WriteOptions, Written } from '../../storage/driver.ts';
import type { Path } from '../../storage/path.ts';
import type { Source } from '../../storage/source.ts';
import { SftpStatus } from './errors.ts';
import { attempt, discard, entryOf, inFolder, publish, type RemotePlace, requireCreate, serverPath, temporaryName } from './remote-place.ts';
import { type Attributes, OPEN } from './sftp-packet.ts';
import type { SftpSession } from './sftp-session.ts';
import { closeHandle, extended, findPath, type Handle, offers, openFile, statHandle, writeAt } from './sftp.ts';

/** So many bytes may be sent before the server has said yes to the first of them. */
const AHEAD_BYTES = 2 * 1024 * 1024;
/** What `Origin.service` is for objects on SSH servers. */
export const SERVICE = 'ssh';

/** Stores one object: under another name first, then renamed. */
export async function writeObject(place: RemotePlace, path: Path, { source, options = {} }: { readonly source: Source; readonly options?: WriteOptions }): Promise<Written> {
  refuseIfMatch(options.mode);
  const isNew = options.mode === 'create';
  return await attempt(place, { verb: 'write', path, signal: options.signal }, async () => await place.pool.use(async (session) => {
    const to = serverPath(place, path);
    if (isNew) await refuseExisting(session, to);
    const from = temporaryName(place, to);
    try {
      const { attributes, how } = await bring(place, session, { from, source, signal: options.signal });
      throwIfAborted(options.signal);
      await publish(place, session, { from, to, isNew });
      return { entry: entryOf(path, attributes), how };
    } catch (error) {
      await discard(session, [from]);
      throw error;
    }
  }));
}

/** Between looking and renaming another writer may come, and version 3 has no way to ask for both at once. */
export function refuseIfMatch(mode: WriteOptions['mode']): void {
  if (typeof mode === 'object') throw new TowlineError('UNSUPPORTED', 'SFTP cannot replace a file only if it is unchanged');
}

/** Finds out before the first byte where that is possible; the last word has `publish`. */
export async function refuseExisting(session: SftpSession, name: string): Promise<void> {
  requireCreate(session);
  if (await findPath(session, name)) throw new TowlineError('ALREADY_EXISTS', `'${name}' exists already on the server`);
}

interface Bringing { readonly from: string; readonly source: Source; readonly signal: AbortSignal | undefined }
interface Brought { readonly attributes: Attributes; readonly how: Written['how'] }

async function bring(place: RemotePlace, session: SftpSession, { from, source, signal }: Bringing): Promise<Brought> {
  const handle = await inFolder(place, { session, name: from }, async () => await openFile(session, from, OPEN.write | OPEN.create | OPEN.exclusive));
  let isClosed = false;
  try {
    const how = await copyOnServer(place, session, { handle, source }) ? 'copied' : 'streamed';
    const filled = how === 'copied' ? undefined : await fill(session, handle, { chunks: source.open(signal === undefined ? {} : { signal }), start: 0, signal });
    isClosed = true;
    const [attributes] = await Promise.all([seal(place, session, handle), filled?.taken]);
    const sent = filled?.sent;
    const expected = sent ?? source.size;
    if (expected !== undefined && attributes.size !== expected) throw new TowlineError('CORRUPT', `the server stored ${attributes.size} of ${expected} bytes`, { hint: 'Is its disk full?', retryable: true });
    if (sent !== undefined && source.size !== undefined && sent !== source.size) throw new TowlineError('CORRUPT', `the source gave ${sent} bytes where ${source.size} were announced`);
    return { attributes, how };
  } finally {
    // Only after a failure, which is the one to report.
    if (!isClosed) await closeHandle(session, handle).catch(() => undefined);
  }
}

/** The last three requests on a written file travel together. */
export async function seal(place: RemotePlace, session: SftpSession, handle: Handle): Promise<Attributes> {
  const synced = place.fsync && offers(session, 'fsync@openssh.com') ? extended(session, 'fsync@openssh.com', [handle]) : Promise.resolve();
  const described = statHandle(session, handle);
  const closed = closeHandle(session, handle);
  const [attributes] = await Promise.all([described, synced, closed]);
  return attributes;
}

export interface Filling { readonly chunks: AsyncIterable<Uint8Array>; readonly start: number; readonly signal: AbortSignal | undefined }

/** How many bytes went out, and when the server has taken the last of them. */
export interface Filled { readonly sent: number; readonly taken: Promise<unknown> }

/** Writes all chunks from `start` on with many requests under way. */
export async function fill(session: SftpSession, handle: Handle, { chunks, start, signal }: Filling): Promise<Filled> {
  const step = session.limits.write;
  const most = Math.max(Math.ceil(AHEAD_BYTES / step), 1);
  const underway: Promise<void>[] = [];
  let position = start;
  let failure: unknown;
  try {
    for await (const bytes of inSteps(chunks, step)) {
      throwIfAborted(signal);
      if (failure !== undefined) throw failure;
      const written = writeAt(session, handle, { start: position, bytes });
      written.catch((error: unknown) => { failure ??= error; });
      underway.push(written);
      position += bytes.byteLength;
      if (underway.length >= most) await underway.shift();
    }
  } catch (error) {
    await Promise.allSettled(underway);
    throw error;
  }
  const taken = Promise.all(underway);
  // The caller sends what comes next before it waits for this.
  taken.catch(() => undefined);
  return { sent: position - start, taken };
}

/** The same bytes in pieces of `step`: small chunks are joined, since each piece costs a request. */
async function* inSteps(chunks: AsyncIterable<Uint8Array>, step: number): AsyncGenerator<Uint8Array> {
  let joined: Uint8Array | undefined;
  let filled = 0;
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.byteLength; ) {
      if (filled === 0 && chunk.byteLength - at >= step) {
        yield chunk.subarray(at, at += step);
        continue;
      }
      joined ??= new Uint8Array(step);
      const taken = chunk.subarray(at, at + step - filled);
      joined.set(taken, filled);
      filled += taken.byteLength;
      at += taken.byteLength;
      if (filled < step) continue;
      yield joined;
      filled = 0;
    }
  }
  if (joined && filled > 0) yield joined.subarray(0, filled);
}

/** Has the server copy an object it holds itself. False when it cannot, or the source lies elsewhere: then the bytes are sent. */
async function copyOnServer({ server }: RemotePlace, session: SftpSession, { handle, source }: { readonly handle: Handle; readonly source: Source }): Promise<boolean> {
  const { origin } = source;
  if (origin?.kind !== 'object' || origin.service !== SERVICE || !origin.address.startsWith(`${server}/`) || !offers(session, 'copy-data')) return false;
  try {
    const from = await openFile(session, origin.address.slice(server.length), OPEN.read);
    try {
      // A length of 0 is 'to the end'.
      await extended(session, 'copy-data', [from, 0n, 0n, handle, 0n]);
    } finally {
      await closeHandle(session, from);
    }
    return true;
  } catch (error) {
    // Sending the bytes either works or fails with an error that names the source.
    if (error instanceof SftpStatus) return false;
    throw error;
  }
}
