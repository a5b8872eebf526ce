import { TowlineError } from '../../errors.ts';
import { isTemporaryName } from '../../disk/temporary.ts';
import type { Entry, Part, Upload, UploadOptions } from '../../storage/driver.ts';
import type { Path } from '../../storage/path.ts';
import type { Source } from '../../storage/source.ts';
import { attempt, discard, entryOf, inFolder, publish, type RemotePlace, removeIfThere, serverPath, temporaryName } from './remote-place.ts';
import { OPEN } from './sftp-packet.ts';
import type { SftpSession } from './sftp-session.ts';
import { closeHandle, findPath, type Handle, openFile, readAt, writeAt } from './sftp.ts';
import { fill, refuseExisting, refuseIfMatch, seal } from './write.ts';

const MEBIBYTE = 1024 * 1024;
const LEAST_PART = 8 * MEBIBYTE;
const MOST_PARTS = 10_000;

/** What an upload is about; `temporary` and `map` are absolute names on the server. */
interface Gathering {
  readonly place: RemotePlace;
  readonly path: Path;
  readonly options: UploadOptions;
  readonly partSize: number;
  /** The file the parts are written into, each at its place. */
  readonly temporary: string;
  /** One byte for each part that is wholly there: the size of a file with holes says nothing. */
  readonly map: string;
}

/** Starts an upload in parts, or takes up the one the token names. */
export async function uploadObject(place: RemotePlace, path: Path, options: UploadOptions = {}): Promise<Upload> {
  refuseIfMatch(options.mode);
  const { resume, signal, size = 0 } = options;
  return await attempt(place, { verb: 'upload', path, signal }, async () => await place.pool.use(async (session) => {
    if (options.mode === 'create') await refuseExisting(session, serverPath(place, path));
    if (resume !== undefined) return await takeUp(session, gatheringOf(readToken(resume, path), { place, path, options }));
    const partSize = Math.max(LEAST_PART, Math.ceil(size / MOST_PARTS / MEBIBYTE) * MEBIBYTE);
    const gathering = gatheringOf({ name: temporaryName(place, '/x').slice(1), partSize }, { place, path, options });
    for (const name of [gathering.temporary, gathering.map]) {
      await closeHandle(session, await inFolder(place, { session, name }, async () => await openFile(session, name, OPEN.write | OPEN.create | OPEN.exclusive)));
    }
    return uploadOf(gathering, []);
  }));
}

interface Token { readonly name: string; readonly partSize: number }

function gatheringOf({ name, partSize }: Token, { place, path, options }: Pick<Gathering, 'place' | 'path' | 'options'>): Gathering {
  const target = serverPath(place, path);
  const folder = target.slice(0, target.lastIndexOf('/'));
  return { place, path, options, partSize, temporary: `${folder}/${name}`, map: `${folder}/${name.replace(/\.tmp$/, '-parts.tmp')}` };
}

/** A token comes back from a file, so it may name anything: only a temporary name beside the object is taken. */
function readToken(token: string, path: Path): Token {
  const [, partSize, name, of] = /^1:(\d+):([^:/]+):(.*)$/s.exec(token) ?? [];
  if (partSize === undefined || name === undefined || !isTemporaryName(name) || Number(partSize) < 1 || of !== path) {
    throw new TowlineError('INVALID_ARGUMENT', `this is no token of an upload of '${path}' over SSH`);
  }
  return { name, partSize: Number(partSize) };
}

async function takeUp(session: SftpSession, gathering: Gathering): Promise<Upload> {
  const [file, map] = await Promise.all([findPath(session, gathering.temporary), findPath(session, gathering.map)]);
  if (file === undefined || map === undefined) throw new TowlineError('NOT_FOUND', `the interrupted upload of '${gathering.path}' is no longer on the server`, { context: { path: gathering.path } });
  const flags = await withHandle(session, { name: gathering.map, how: OPEN.read }, async (handle) => await readAt(session, handle, { start: 0, length: Math.min(session.limits.read, MOST_PARTS + 1) }));
  const held: Part[] = [];
  flags.forEach((flag, number) => {
    const start = (number - 1) * gathering.partSize;
    const end = Math.min(start + gathering.partSize, gathering.options.size ?? file.size ?? 0);
    if (flag === 1 && number > 0 && end > start && end <= (file.size ?? 0)) held.push({ number, start, end, tag: tagOf(start, end) });
  });
  return uploadOf(gathering, held);
}

function tagOf(start: number, end: number): string {
  return `${start}-${end}`;
}

function uploadOf(gathering: Gathering, held: readonly Part[]): Upload {
  const { place, path, temporary, map, partSize } = gathering;
  const name = temporary.slice(temporary.lastIndexOf('/') + 1);
  return {
    token: `1:${partSize}:${name}:${path}`, partSize, order: 'any', held,
    async send(part, source, options) {
      return await attempt(place, { verb: 'upload', path, signal: options?.signal }, async () => await sendPart(gathering, part, { source, signal: options?.signal }));
    },
    complete: async (parts) => await attempt(place, { verb: 'upload', path, signal: undefined }, async () => await complete(gathering, parts)),
    async abort() {
      await attempt(place, { verb: 'upload', path, signal: undefined }, async () => await place.pool.use(async (session) => {
        for (const one of [temporary, map]) await removeIfThere(session, one);
      }));
    },
  };
}

async function sendPart({ place, temporary, map, partSize }: Gathering, part: Omit<Part, 'tag'>, { source, signal }: { readonly source: Source; readonly signal: AbortSignal | undefined }): Promise<Part> {
  const { number, start, end } = part;
  if (number < 1 || number > MOST_PARTS || start !== (number - 1) * partSize || end - start > partSize) throw new TowlineError('INVALID_ARGUMENT', `part ${number} does not go from ${start} to ${end}: parts have ${partSize} bytes`);
  await place.pool.use(async (session) => {
    const handle = await openFile(session, temporary, OPEN.write);
    let isClosed = false;
    try {
      const { sent, taken } = await fill(session, handle, { chunks: source.open(signal === undefined ? {} : { signal }), start, signal });
      isClosed = true;
      await Promise.all([seal(place, session, handle), taken]);
      if (sent !== end - start) throw new TowlineError('CORRUPT', `the source gave ${sent} bytes for part ${number}, which has ${end - start}`);
    } finally {
      // Only after a failure, which is the one to report.
      if (!isClosed) await closeHandle(session, handle).catch(() => undefined);
    }
    await withHandle(session, { name: map, how: OPEN.write }, async (open) => { await writeAt(session, open, { start: number, bytes: Uint8Array.of(1) }); });
  });
  return { ...part, tag: tagOf(start, end) };
}

async function complete({ place, path, options, temporary, map }: Gathering, parts: readonly Part[]): Promise<Entry> {
  const sorted = parts.toSorted((one, other) => one.start - other.start);
  let size = 0;
  for (const { start, end, number } of sorted) {
    if (start !== size) throw new TowlineError('INVALID_ARGUMENT', `part ${number} of '${path}' begins at ${start} where ${size} is due`);
    size = end;
  }
  return await place.pool.use(async (session) => {
    const found = await findPath(session, temporary);
    if (found === undefined) throw new TowlineError('NOT_FOUND', `the upload of '${path}' is no longer on the server`, { context: { path } });
    if (found.size !== size || (options.size !== undefined && options.size !== size)) throw new TowlineError('CORRUPT', `the server holds ${found.size} bytes of '${path}' where the parts make ${options.size ?? size}`);
    await publish(place, session, { from: temporary, to: serverPath(place, path), isNew: options.mode === 'create' });
    await discard(session, [map]);
    return entryOf(path, found);
  });
}

async function withHandle<T>(session: SftpSession, { name, how }: { readonly name: string; readonly how: number }, work: (handle: Handle) => Promise<T>): Promise<T> {
  const handle = await openFile(session, name, how);
  try {
    return await work(handle);
  } finally {
    await closeHandle(session, handle);
  }
}
