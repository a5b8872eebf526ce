import { TowlineError } from '../../errors.ts';
import { abortable } from '../../storage/call.ts';
import type { Content, ReadOptions } from '../../storage/driver.ts';
import type { Path } from '../../storage/path.ts';
import { translate } from './errors.ts';
import { attempt, entryOf, type RemotePlace, serverPath } from './remote-place.ts';
import { OPEN } from './sftp-packet.ts';
import type { SftpSession } from './sftp-session.ts';
import { closeHandle, type Handle, openFile, readAt, statHandle } from './sftp.ts';

/** So many bytes are asked for ahead: enough for 100 MB/s at 40 ms, and the window of one SSH channel. */
const AHEAD_BYTES = 2 * 1024 * 1024;

/** Opens one object for reading. */
export async function readObject(place: RemotePlace, path: Path, options: ReadOptions = {}): Promise<Content> {
  refuseVersion(options.versionId);
  const { signal } = options;
  const lending = place.pool.lend();
  const lent = await attempt(place, { verb: 'read', path, signal }, async () => await lending).catch((error: unknown) => {
    // Given up while connecting: the session that comes too late goes back.
    lending.then(({ release }) => { release(); }, () => undefined);
    throw error;
  });
  const reading = startReading(lent.session, serverPath(place, path), options);
  try {
    const { entry, open } = await attempt(place, { verb: 'read', path, signal }, async () => {
      const { handle, attributes, ahead } = await reading;
      if (attributes.kind !== 'file') throw new TowlineError('NOT_FOUND', `'${place.displayUrl}/${path}' is no file`, { context: { path } });
      const found = entryOf(path, attributes);
      if (options.ifMatch !== undefined && options.ifMatch !== found.etag) throw new TowlineError('PRECONDITION_FAILED', `'${place.displayUrl}/${path}' has changed since it was looked at`, { context: { path } });
      return { entry: found, open: { handle, ahead, size: attributes.size ?? 0 } };
    });
    const end = finisher(lent, open.handle);
    const chunks = pipeline(lent.session, open, { start: options.start ?? 0, end: Math.min(options.end ?? open.size, open.size) });
    return { entry, body: guarded(chunks, { end, signal, fail: (error) => translate(error, { verb: 'read', path, displayUrl: place.displayUrl }) }), cancel: end };
  } catch (error) {
    void reading.then(async ({ handle }) => { await closeHandle(lent.session, handle); }).catch(() => undefined).finally(lent.release);
    throw error;
  }
}

/** SFTP keeps one version of a file. */
export function refuseVersion(versionId: string | undefined): void {
  if (versionId !== undefined) throw new TowlineError('UNSUPPORTED', 'an SSH server keeps no versions of files');
}

interface Reading { readonly handle: Handle; readonly attributes: Awaited<ReturnType<typeof statHandle>>; readonly ahead: Promise<Uint8Array> }

/** The first bytes are asked for together with the size: a small object is there after two round trips. */
async function startReading(session: SftpSession, name: string, { start = 0, end = Infinity }: ReadOptions): Promise<Reading> {
  const handle = await openFile(session, name, OPEN.read);
  const stat = statHandle(session, handle);
  const length = Math.max(Math.min(session.limits.read, end - start), 0);
  const ahead = length === 0 ? Promise.resolve(new Uint8Array()) : readAt(session, handle, { start, length });
  // Reading a folder fails; what it is decides whether anyone looks at this.
  ahead.catch(() => undefined);
  try {
    return { handle, attributes: await stat, ahead };
  } catch (error) {
    await closeHandle(session, handle);
    throw error;
  }
}

interface OpenRead { readonly handle: Handle; readonly size: number; readonly ahead: Promise<Uint8Array> }

/** Keeps many requests under way and hands the answers over in order. */
async function* pipeline(session: SftpSession, { handle, size, ahead }: OpenRead, { start, end }: { readonly start: number; readonly end: number }): AsyncGenerator<Uint8Array> {
  const step = session.limits.read;
  const queue: { readonly at: number; readonly length: number; readonly bytes: Promise<Uint8Array> }[] = [];
  let next = start;
  const ask = (bytes?: Promise<Uint8Array>): void => {
    const length = Math.min(step, end - next);
    const asked = bytes ?? readAt(session, handle, { start: next, length });
    // A failure is met when its turn comes, or not at all when the reader leaves before.
    asked.catch(() => undefined);
    queue.push({ at: next, length, bytes: asked });
    next += length;
  };
  if (next < end) ask(ahead);
  // The number under way grows with what was read, so that one small object does not ask for more than it needs.
  for (let depth = 4; queue.length > 0; depth = Math.min(depth * 2, Math.ceil(AHEAD_BYTES / step))) {
    while (next < end && queue.length < depth) ask();
    const first = queue.shift();
    if (first === undefined) return;
    let bytes = await first.bytes;
    for (let missing = first.length; ; ) {
      if (bytes.byteLength === 0) throw new TowlineError('UNAVAILABLE', `the file ended at ${first.at + first.length - missing} of ${size} bytes while it was read`, { retryable: true });
      yield bytes.byteLength > missing ? bytes.subarray(0, missing) : bytes;
      missing -= bytes.byteLength;
      if (missing <= 0) break;
      // A server may give less than was asked for.
      bytes = await readAt(session, handle, { start: first.at + first.length - missing, length: missing });
    }
  }
}

interface Guard { readonly end: () => void; readonly signal: AbortSignal | undefined; readonly fail: (error: unknown) => Error }

async function* guarded(chunks: AsyncGenerator<Uint8Array>, { end, signal, fail }: Guard): AsyncGenerator<Uint8Array> {
  try {
    for (;;) {
      const next = await abortable(chunks.next(), signal);
      if (next.done === true) return;
      yield next.value;
    }
  } catch (error) {
    throw fail(error);
  } finally {
    end();
  }
}

/** Lets go of everything a read holds, once. Nobody waits for the server to close its file. */
function finisher({ session, release }: { readonly session: SftpSession; readonly release: () => void }, handle: Handle): () => void {
  let isOver = false;
  return () => {
    if (isOver) return;
    isOver = true;
    closeHandle(session, handle).catch(() => undefined).finally(release);
  };
}
