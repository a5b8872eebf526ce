import { isTemporaryName } from '../../disk/temporary.ts';
import { TowlineError } from '../../errors.ts';
import { contiguousParts } from '../../storage/contiguous-parts.ts';
import type { Entry, Part, Upload, UploadOptions } from '../../storage/driver.ts';
import type { Path } from '../../storage/path.ts';
import type { Source } from '../../storage/source.ts';
import { appendFile, closeFile, createFile, fillFile } from './file-writer.ts';
import { attempt, entryOf, type HdfsPlace, poll, serverPath, temporaryName } from './place.ts';
import { publish, refuseExisting, refuseIfMatch } from './write.ts';

/** A part is a whole number of blocks, so that what was written of it can be cut off without the data nodes' help. */
const LEAST_PART = 8 * 1024 * 1024;

interface Gathering {
  readonly place: HdfsPlace;
  readonly path: Path;
  readonly options: UploadOptions;
  readonly partSize: number;
  /** The absolute name of the file that grows. */
  readonly temporary: string;
  /** Its length, or undefined after a failure, when only the cluster knows it. */
  length: number | undefined;
}

/** Starts an upload in parts, or takes up the one the token names. */
export async function uploadObject(place: HdfsPlace, path: Path, options: UploadOptions = {}): Promise<Upload> {
  refuseIfMatch(options.mode);
  const { resume, signal } = options;
  return await attempt(place, { verb: 'upload', path, signal }, async () => {
    const target = serverPath(place, path);
    if (options.mode === 'create') await refuseExisting(place, target, signal);
    if (resume !== undefined) return await takeUp({ place, path, options, ...readToken(place, resume, path), length: undefined });
    const { blockSize } = await place.settings();
    const partSize = blockSize * Math.ceil(LEAST_PART / blockSize);
    const temporary = temporaryName(place, target);
    await closeFile(place, await createFile(place, temporary, signal), signal);
    return uploadOf({ place, path, options, partSize, temporary, length: 0 }, []);
  });
}

/** A token comes back from a file, so it may name anything: only a temporary name beside the object is taken. */
function readToken(place: HdfsPlace, token: string, path: Path): Pick<Gathering, 'partSize' | 'temporary'> {
  const [, partSize, name, of] = /^1:(\d+):([^:/]+):(.*)$/s.exec(token) ?? [];
  if (partSize === undefined || name === undefined || !isTemporaryName(name) || Number(partSize) < 1 || of !== path) {
    throw new TowlineError('INVALID_ARGUMENT', `this is no token of an upload of '${path}' to HDFS`);
  }
  const target = serverPath(place, path);
  return { partSize: Number(partSize), temporary: `${target.slice(0, target.lastIndexOf('/'))}/${name}` };
}

async function takeUp(gathering: Gathering): Promise<Upload> {
  const { partSize, options: { size } } = gathering;
  const length = await lengthOf(gathering, options(gathering));
  const held: Part[] = [];
  for (let start = 0; start < length; start += partSize) {
    const end = Math.min(start + partSize, length);
    if (end - start === partSize || end === size) held.push({ number: held.length + 1, start, end, tag: tagOf(start, end) });
  }
  gathering.length = length;
  return uploadOf(gathering, held);
}

const options = ({ options: { signal } }: Gathering): { readonly signal: AbortSignal | undefined } => ({ signal });
const tagOf = (start: number, end: number): string => `${start}-${end}`;

/** The length of the file that grows. One that a dead writer left open is closed first, with what the data nodes have of it. */
async function lengthOf({ place, path, temporary }: Gathering, { signal }: { readonly signal: AbortSignal | undefined }): Promise<number> {
  const { nameNode, lease: { clientName } } = place;
  const gone = (): never => { throw new TowlineError('NOT_FOUND', `the interrupted upload of '${path}' is no longer on the cluster`, { context: { path } }); };
  if ((await nameNode.call('getFileInfo', { src: temporary }, signal)).fs === undefined) gone();
  const isClosed = await poll(place, signal, async () => (await nameNode.call('recoverLease', { src: temporary, clientName }, signal)).result);
  if (!isClosed) throw new TowlineError('UNAVAILABLE', `the interrupted upload of '${path}' is still being closed`, { retryable: true });
  return (await nameNode.call('getFileInfo', { src: temporary }, signal)).fs?.length ?? gone();
}

function uploadOf(gathering: Gathering, held: readonly Part[]): Upload {
  const { place, path, temporary, partSize } = gathering;
  return {
    token: `1:${partSize}:${temporary.slice(temporary.lastIndexOf('/') + 1)}:${path}`, partSize, order: 'ascending', held,
    async send(part, source, { signal } = {}) {
      return await attempt(place, { verb: 'upload', path, signal }, async () => await sendPart(gathering, part, { source, signal }));
    },
    complete: async (parts, { signal } = {}) => await attempt(place, { verb: 'upload', path, signal }, async () => await complete(gathering, parts)),
    async abort() {
      await attempt(place, { verb: 'upload', path, signal: undefined }, async () => { await place.nameNode.call('delete', { src: temporary, recursive: false }); });
    },
  };
}

async function sendPart(gathering: Gathering, part: Omit<Part, 'tag'>, { source, signal }: { readonly source: Source; readonly signal: AbortSignal | undefined }): Promise<Part> {
  const { place, temporary, partSize } = gathering;
  const { number, start, end } = part;
  if (number < 1 || start !== (number - 1) * partSize || end - start > partSize) throw new TowlineError('INVALID_ARGUMENT', `part ${number} does not go from ${start} to ${end}: parts have ${partSize} bytes`);
  await cutTo(gathering, start, signal);
  const release = place.lease.hold();
  gathering.length = undefined;
  try {
    const file = await appendFile(place, temporary, signal);
    try {
      const size = await fillFile(place, file, source.open(signal === undefined ? {} : { signal }));
      if (size !== end - start) throw new TowlineError('CORRUPT', `the source gave ${size} bytes for part ${number}, which has ${end - start}`);
    } catch (error) {
      await giveUp(place, file.name);
      throw error;
    }
    await closeFile(place, file, signal);
  } finally {
    release();
  }
  gathering.length = end;
  return { ...part, tag: tagOf(start, end) };
}

/** Has the name node close the file with what arrived, so that the part can be sent again; what that fails with is no news. */
async function giveUp({ nameNode, lease: { clientName } }: HdfsPlace, src: string): Promise<void> {
  await nameNode.call('recoverLease', { src, clientName }).catch(() => undefined);
}

/** Makes the file end at `start`, where a part begins: the part before must be there, and what there is of a broken one goes. */
async function cutTo(gathering: Gathering, start: number, signal: AbortSignal | undefined): Promise<void> {
  const { place: { nameNode, lease: { clientName } }, place, temporary } = gathering;
  const length = gathering.length ?? await lengthOf(gathering, { signal });
  gathering.length = length;
  if (length === start) return;
  if (length < start) throw new TowlineError('INVALID_ARGUMENT', `parts must come in turn: the upload ends at ${length}, not at ${start}`);
  gathering.length = undefined;
  const isCut = (await nameNode.call('truncate', { src: temporary, newLength: start, clientName }, signal)).result
    || await poll(place, signal, async () => (await nameNode.call('recoverLease', { src: temporary, clientName }, signal)).result);
  if (!isCut) throw new TowlineError('UNAVAILABLE', 'the beginning of a part is still being cut off', { retryable: true });
  gathering.length = start;
}

async function complete(gathering: Gathering, parts: readonly Part[]): Promise<Entry> {
  const { place, path, options: { size: wanted, mode }, temporary } = gathering;
  const { size } = contiguousParts(parts, { size: wanted, where: `'${path}'` });
  await cutTo(gathering, size, undefined);
  const { fs } = await place.nameNode.call('getFileInfo', { src: temporary });
  if (fs === undefined) throw new TowlineError('NOT_FOUND', `the upload of '${path}' is no longer on the cluster`, { context: { path } });
  if (fs.length !== size) throw new TowlineError('CORRUPT', `the cluster holds ${fs.length} bytes of '${path}' where the parts make ${size}`);
  await publish(place, { from: temporary, to: serverPath(place, path), isNew: mode === 'create' });
  return entryOf(path, fs);
}
