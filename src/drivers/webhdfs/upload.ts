import { isTemporaryName } from '../../disk/temporary.ts';
import { TowlineError } from '../../errors.ts';
import { contiguousParts } from '../../storage/contiguous-parts.ts';
import type { CallOptions, Entry, Part, Upload, UploadOptions } from '../../storage/driver.ts';
import type { Path } from '../../storage/path.ts';
import { fromBytes, type Source } from '../../storage/source.ts';
import { entryOf } from './file-status.ts';
import { concat, firstPart, partName, partSizes } from './gathered-parts.ts';
import { discard, getStatus, remove, store } from './operations.ts';
import { about, type About, folderOf, nameOf, type Place, temporaryIn } from './place.ts';
import { publish } from './publish.ts';
import { checkMode } from './write.ts';

const MEBIBYTE = 1024 * 1024;
const LEAST_PART = 8 * MEBIBYTE;
/** Every part becomes a block, and the memory of a NameNode is its number of blocks: large objects get parts of half a usual block. */
const USUAL_PART = 64 * MEBIBYTE;
const AIMED_PARTS = 8;
const MOST_PARTS = 10_000;

/** What an upload is about. */
interface Gathering {
  readonly place: Place;
  readonly path: Path;
  readonly options: UploadOptions;
  readonly isNew: boolean;
  readonly partSize: number;
  /** The folder beside the object in which the parts gather, each a file. */
  readonly folder: string;
}

/** Starts an upload in parts, or takes up the one the token names. The parts are files that the NameNode joins into one without moving a byte. */
export async function upload(place: Place, path: Path, options: UploadOptions = {}): Promise<Upload> {
  const { resume, size = 0, signal } = options;
  const what = about('upload', path, signal);
  const isNew = await checkMode(place, what, options.mode);
  const beside = folderOf(nameOf(place, path));
  // CONCAT takes names with commas between them, and knows no escape.
  if (beside.includes(',')) throw new TowlineError('UNSUPPORTED', `objects in '${beside}' cannot be uploaded in parts: WebHDFS joins no files with a ',' in their names`);
  if (resume !== undefined) {
    const { name, partSize } = readToken(resume, path);
    return await takeUp({ place, path, options, isNew, partSize, folder: `${beside}/${name}` }, what);
  }
  const usual = Math.min(Math.max(LEAST_PART, Math.ceil(size / AIMED_PARTS / MEBIBYTE) * MEBIBYTE), USUAL_PART);
  const partSize = Math.max(usual, Math.ceil(size / MOST_PARTS / MEBIBYTE) * MEBIBYTE);
  const gathering = { place, path, options, isNew, partSize, folder: temporaryIn(place, beside) };
  await requireConcat(gathering, what);
  return uploadOf(gathering, []);
}

/** A token comes back from a file, so it may name anything: only a temporary name beside the object is taken. */
function readToken(token: string, path: Path): { readonly name: string; readonly partSize: number } {
  const [, partSize, name, of] = /^1:(\d{1,15}):([^:/]+):(.*)$/s.exec(token) ?? [];
  if (partSize === undefined || name === undefined || !isTemporaryName(name) || Number(partSize) < 1 || of !== path) {
    throw new TowlineError('INVALID_ARGUMENT', `this is no token of an upload of '${path}' over WebHDFS`);
  }
  return { name, partSize: Number(partSize) };
}

/** Files in an encryption zone or with erasure coding cannot be joined, nor can those of another file system behind HttpFS: two of one byte tell before the first part is sent. */
async function requireConcat({ place, folder }: Gathering, what: About): Promise<void> {
  const [one, other] = [`${folder}/probe-1`, `${folder}/probe-2`] as const;
  const byte = fromBytes(new Uint8Array(1));
  try {
    await Promise.all([one, other].map(async (name) => await store(place, name, { ...what, source: byte })));
    await concat(place, { target: one, sources: [other], what }).catch((error: unknown) => {
      const isRefusal = error instanceof TowlineError && !error.retryable && error.context['status'] !== undefined && error.code !== 'UNAUTHENTICATED';
      throw isRefusal ? new TowlineError('UNSUPPORTED', `${place.displayUrl} does not join files there, so nothing can be uploaded in parts: ${error.message}`, { cause: error }) : error;
    });
  } catch (error) {
    await discard(place, folder, what);
    throw error;
  }
}

async function takeUp(gathering: Gathering, what: About): Promise<Upload> {
  const { place, path, folder, partSize, options } = gathering;
  const sizes = await partSizes(place, folder, what);
  if (sizes === undefined) throw new TowlineError('NOT_FOUND', `the interrupted upload of '${path}' is no longer on ${place.displayUrl}`, { context: { path } });
  const joined = sizes.get(1) ?? 0;
  const count = Math.max(Math.ceil(joined / partSize), ...sizes.keys());
  const held = Array.from({ length: count }, (_, index): Part | undefined => {
    const [number, start] = [index + 1, index * partSize];
    const end = Math.min(start + partSize, options.size ?? start + (sizes.get(number) ?? partSize));
    return end <= joined || (number > 1 && end > start && sizes.get(number) === end - start) ? { number, start, end, tag: tagOf(start, end) } : undefined;
  });
  return uploadOf(gathering, held.flatMap((part) => part ?? []));
}

function tagOf(start: number, end: number): string {
  return `${start}-${end}`;
}

function uploadOf(gathering: Gathering, held: readonly Part[]): Upload {
  const { place, path, folder, partSize } = gathering;
  return {
    token: `1:${partSize}:${folder.slice(folder.lastIndexOf('/') + 1)}:${path}`, partSize, order: 'any', held,
    send: async (part, source, options) => await send(gathering, part, { ...options, source }),
    complete: async (parts, options) => await complete(gathering, parts, about('upload', path, options?.signal)),
    abort: async () => { await remove(place, folder, { ...about('upload', path, undefined), isRecursive: true }); },
  };
}

async function send({ place, path, partSize, folder }: Gathering, part: Omit<Part, 'tag'>, { source, signal }: CallOptions & { readonly source: Source }): Promise<Part> {
  const { number, start, end } = part;
  if (number < 1 || number > MOST_PARTS || start !== (number - 1) * partSize || end - start > partSize) throw new TowlineError('INVALID_ARGUMENT', `part ${number} does not go from ${start} to ${end}: parts have ${partSize} bytes`);
  const what = about('upload', path, signal);
  // A server may begin with a request after its client has given it up and sent the part again: under the name of the part it would write over what is whole.
  const from = temporaryIn(place, folder);
  try {
    await store(place, from, { ...what, source: { ...source, size: end - start } });
    await publish(place, { from, to: partName(folder, number), isNew: false }, what);
  } catch (error) {
    await discard(place, from, what);
    throw error;
  }
  return { ...part, tag: tagOf(start, end) };
}

/** Joins what is not joined yet, so that it can be repeated after a failure at any step. */
async function complete(gathering: Gathering, parts: readonly Part[], what: About): Promise<Entry> {
  const { place, path, options, folder, isNew } = gathering;
  const { ordered, size } = contiguousParts(parts, { size: options.size, where: `'${path}'` });
  const sizes = await partSizes(place, folder, what);
  const joined = sizes?.get(1);
  if (sizes === undefined || joined === undefined) throw new TowlineError('NOT_FOUND', `the upload of '${path}' is no longer on ${place.displayUrl}`, { context: { path } });
  const missing = ordered.filter((part) => part.number > 1 && part.start >= joined);
  const lost = missing.find((part) => sizes.get(part.number) !== part.end - part.start);
  if (lost) throw new TowlineError('CORRUPT', `part ${lost.number} of '${path}' has ${sizes.get(lost.number) ?? 'no'} bytes on ${place.displayUrl} where ${lost.end - lost.start} were sent`, { context: { path } });
  const target = firstPart(folder);
  await concat(place, { target, sources: missing.map((part) => partName(folder, part.number)), what });
  const status = await getStatus(place, target, what);
  if (status.length !== size) throw new TowlineError('CORRUPT', `${place.displayUrl} holds ${status.length} bytes of '${path}' where the parts make ${size}`, { context: { path } });
  await publish(place, { from: target, to: nameOf(place, path), isNew }, what);
  await discard(place, folder, what);
  return entryOf(path, status);
}
