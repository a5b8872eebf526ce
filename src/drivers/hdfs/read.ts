import { TowlineError } from '../../errors.ts';
import { linkedController, throwIfAborted } from '../../storage/call.ts';
import type { Content, Entry, ReadOptions, StatOptions } from '../../storage/driver.ts';
import type { Path } from '../../storage/path.ts';
import { readBlocks } from './block-reader.ts';
import { translate } from './errors.ts';
import { checksumOfPacket, fileChecksum } from './file-checksum.ts';
import { FILE_TYPE, type FileStatus, type LocatedBlock } from './messages.ts';
import { attempt, entryOf, type HdfsPlace, refuseVersion, serverPath } from './place.ts';
import type { Packet } from './replica.ts';

/** Every block of the file, however long it is. */
const WHOLE = { offset: 0, length: Number.MAX_SAFE_INTEGER };

interface Located { readonly status: FileStatus; readonly blocks: readonly LocatedBlock[]; readonly isOdd: 'encrypted' | 'erasure-coded' | undefined; /** Somebody is writing it: its last block has no checksum yet. */ readonly isOpen: boolean }

/** Describes one object. */
export async function statObject(place: HdfsPlace, path: Path, options: StatOptions = {}): Promise<Entry> {
  refuseVersion(options.versionId);
  const { signal } = options;
  return await attempt(place, { verb: 'look at', path, signal }, async () => {
    const name = serverPath(place, path);
    const status = (await place.nameNode.call('getFileInfo', { src: name }, signal)).fs ?? absent(place, path);
    if (status.fileType !== FILE_TYPE.file) return entryOf(path, status);
    const located = status.length === 0 ? { status, blocks: [], isOdd: undefined, isOpen: false } : await locate(place, { name, path, signal });
    return entryOf(path, located.status, located.isOdd === undefined && !located.isOpen ? await fileChecksum(place, located.blocks, signal) : undefined);
  });
}

/** Opens one object for reading; the first bytes are there when it resolves. */
export async function readObject(place: HdfsPlace, path: Path, options: ReadOptions = {}): Promise<Content> {
  refuseVersion(options.versionId);
  throwIfAborted(options.signal);
  const { controller, unlink } = linkedController(options.signal);
  const { signal } = controller;
  try {
    return await attempt(place, { verb: 'read', path, signal }, async () => {
      const name = serverPath(place, path);
      const { status, blocks, isOdd, isOpen } = await locate(place, { name, path, signal });
      if (isOdd !== undefined) throw unreadable(place, path, isOdd);
      const [start, end] = [options.start ?? 0, Math.min(options.end ?? status.length, status.length)];
      let packet: Packet | undefined;
      const chunks = readBlocks(place, { name, blocks, start, end, signal, onPacket: (one) => { packet ??= one; } });
      const { first, etag } = await begin(place, { blocks, chunks, signal, packet: () => packet, isWhole: start === 0, isOpen });
      if (options.ifMatch !== undefined && options.ifMatch !== etag) throw new TowlineError('PRECONDITION_FAILED', `'${place.displayUrl}/${path}' has changed since it was looked at`, { context: { path } });
      return {
        entry: entryOf(path, status, etag),
        body: bodyOf(chunks, { first, unlink, fail: (error) => translate(error, { verb: 'read', path, displayUrl: place.displayUrl }) }),
        cancel() {
          unlink();
          controller.abort();
          chunks.return(undefined).catch(() => undefined);
        },
      };
    });
  } catch (error) {
    unlink();
    controller.abort();
    throw error;
  }
}

interface Beginning {
  readonly blocks: readonly LocatedBlock[];
  readonly chunks: AsyncGenerator<Uint8Array>;
  readonly signal: AbortSignal;
  readonly packet: () => Packet | undefined;
  /** The read begins at the first byte. */
  readonly isWhole: boolean;
  readonly isOpen: boolean;
}

/** The first chunk and the etag. A small object's checksum is made of what comes with its bytes, so it costs no question; a large one's is asked for meanwhile. */
async function begin(place: HdfsPlace, { blocks, chunks, signal, packet, isWhole, isOpen }: Beginning): Promise<{ readonly first: IteratorResult<Uint8Array>; readonly etag: string | undefined }> {
  const [only] = blocks;
  if (isOpen) return { first: await chunks.next(), etag: undefined };
  if (isWhole && blocks.length === 1 && (only?.block.numBytes ?? 0) <= SMALL_BYTES) {
    const first = await chunks.next();
    const held = packet();
    if (held !== undefined && held.offset === 0 && held.data.byteLength === only?.block.numBytes) return { first, etag: checksumOfPacket(place, blocks, held) };
    return { first, etag: await fileChecksum(place, blocks, signal) };
  }
  const [first, etag] = await Promise.all([chunks.next(), fileChecksum(place, blocks, signal)]);
  return { first, etag };
}
/** What fits into one packet of a data node. */
const SMALL_BYTES = 64 * 1024;

interface Body { readonly first: IteratorResult<Uint8Array>; readonly unlink: () => void; readonly fail: (error: unknown) => Error }

async function* bodyOf(chunks: AsyncGenerator<Uint8Array>, { first, unlink, fail }: Body): AsyncGenerator<Uint8Array> {
  try {
    if (first.done !== true) {
      yield first.value;
      yield* chunks;
    }
  } catch (error) {
    throw fail(error);
  } finally {
    unlink();
    await chunks.return(undefined);
  }
}

/** Where all blocks of a file lie, and what it is; both are asked at once. */
async function locate({ nameNode, settings }: HdfsPlace, { name, path, signal }: { readonly name: string; readonly path: Path; readonly signal: AbortSignal | undefined }): Promise<Located> {
  // The settings are asked for once; a cluster whose data nodes cannot be spoken to is told of here.
  const [{ fs: status }, { locations }] = await Promise.all([nameNode.call('getFileInfo', { src: name }, signal), nameNode.call('getBlockLocations', { src: name, ...WHOLE }, signal), settings()]);
  if (status === undefined || locations === undefined) throw new TowlineError('NOT_FOUND', `'${name}' does not exist`, { context: { path } });
  const isOdd = locations.encryption !== undefined ? 'encrypted' : locations.erasureCoding !== undefined ? 'erasure-coded' : undefined;
  // A file may be replaced between the two answers: the blocks are what is read, so their length counts.
  return { status: { ...status, length: locations.fileLength }, blocks: locations.blocks.filter(({ offset }) => offset < locations.fileLength), isOdd, isOpen: locations.underConstruction };
}

function absent({ displayUrl }: HdfsPlace, path: Path): never {
  throw new TowlineError('NOT_FOUND', `'${displayUrl}/${path}' does not exist`, { context: { path } });
}
function unreadable({ displayUrl }: HdfsPlace, path: Path, how: string): TowlineError {
  return new TowlineError('UNSUPPORTED', `'${displayUrl}/${path}' is ${how} on the cluster, which this client cannot read`, { hint: 'Use webhdfs:// for it, where the cluster does that work.', context: { path } });
}
