import { Readable } from 'node:stream';
import { crc32, createInflateRaw } from 'node:zlib';
import yauzl from 'yauzl';
import { TowlineError } from '../../errors.ts';
import type { CallOptions } from '../call.ts';
import { gather } from '../content.ts';
import type { Source } from '../source.ts';
import { type Member, refused } from './members.ts';
import { createWindow } from './zip-window.ts';

/** What the directory of a zip says of one member. */
export interface ZipMember {
  readonly name: string;
  /** 0 stored, 8 deflated; any other can be copied and not read. */
  readonly method: number;
  readonly crc32: number;
  readonly packedSize: number;
  readonly size: number;
  /** Kind and permissions as Unix writes them; 0 where who made it did not say. */
  readonly mode: number;
  /** Where its local header begins. */
  readonly at: number;
}
/** A zip of which only the directory was read. */
export interface OpenZip {
  readonly members: readonly ZipMember[];
  /** The bytes of a member as they lie in the zip. */
  packed(member: ZipMember, options?: CallOptions): AsyncGenerator<Uint8Array>;
  /** What a member holds; CORRUPT at its end where length or checksum are not those of the directory. */
  content(member: ZipMember, options?: CallOptions): AsyncGenerator<Uint8Array>;
}

const MOST_MEMBERS = 1_000_000;
const LOCAL_HEADER = 30;
const LONGEST_LINK = 4096;
const TYPE = 0o170000;
const [LINK, FOLDER, FILE] = [0o120000, 0o040000, 0o100000];

/** Reads the directory of a zip by ranges; its members are read when they are asked for. */
export async function openZip(source: Source, options: CallOptions = {}): Promise<OpenZip> {
  const { size } = source;
  if (size === undefined) throw new TowlineError('INVALID_ARGUMENT', 'a zip can be opened only where its size is known');
  const members = await readDirectory(source, size, options);
  checkPlaces(members, size);
  const packed = async function* (member: ZipMember, call: CallOptions = {}): AsyncGenerator<Uint8Array> {
    const start = await beginOf(source, member, call);
    if (start + member.packedSize > size) throw refused(`${JSON.stringify(member.name)} ends behind its end`);
    if (member.packedSize > 0) yield* source.open({ ...call, start, end: start + member.packedSize });
  };
  return { members, packed, content: (member, call) => contentOf(member, packed(member, call)) };
}

async function readDirectory(source: Source, size: number, options: CallOptions): Promise<readonly ZipMember[]> {
  const members: ZipMember[] = [];
  await new Promise<void>((resolve, reject) => {
    const fail = (error: unknown): void => { reject(error instanceof TowlineError ? error : refused(error instanceof Error ? error.message : 'it is no zip')); };
    yauzl.fromRandomAccessReader(createWindow(source, size, options), size, { lazyEntries: true, autoClose: false, strictFileNames: true }, (error, zip) => {
      if (error) { fail(error); return; }
      zip.on('error', fail);
      zip.on('end', resolve);
      zip.on('entry', (entry: yauzl.Entry) => {
        if (entry.isEncrypted()) { fail(refused(`${JSON.stringify(entry.fileName)} is encrypted`)); return; }
        members.push(memberOf(entry));
        if (members.length > MOST_MEMBERS) { fail(refused(`it has more than ${MOST_MEMBERS} members`)); return; }
        zip.readEntry();
      });
      zip.readEntry();
    });
  });
  return members;
}

function memberOf(entry: yauzl.Entry): ZipMember {
  // Only archives made on Unix say what kind a member is.
  const mode = entry.versionMadeBy >> 8 === 3 ? entry.externalFileAttributes >>> 16 : 0;
  return { name: entry.fileName, method: entry.compressionMethod, crc32: entry.crc32, packedSize: entry.compressedSize, size: entry.uncompressedSize, mode, at: entry.relativeOffsetOfLocalHeader };
}

/** Members that share bytes are how a small zip unpacks to a very large one. */
function checkPlaces(members: readonly ZipMember[], size: number): void {
  let end = 0;
  for (const member of members.toSorted((one, other) => one.at - other.at)) {
    if (member.at < end) throw refused(`${JSON.stringify(member.name)} shares its bytes with another`);
    end = member.at + LOCAL_HEADER + member.packedSize;
  }
  if (end > size) throw refused('a member ends behind its end');
}

async function beginOf(source: Source, member: ZipMember, options: CallOptions): Promise<number> {
  const header = Buffer.from(await gather(source.open({ ...options, start: member.at, end: member.at + LOCAL_HEADER }), LOCAL_HEADER));
  if (header.length !== LOCAL_HEADER || header.readUInt32LE(0) !== 0x04034b50) throw refused(`the header of ${JSON.stringify(member.name)} is damaged`);
  return member.at + LOCAL_HEADER + header.readUInt16LE(26) + header.readUInt16LE(28);
}

async function* contentOf(member: ZipMember, packed: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  if (member.method !== 0 && member.method !== 8) throw refused(`${JSON.stringify(member.name)} is packed in a way that is not known here (${member.method})`);
  let [sum, length] = [0, 0];
  for await (const chunk of member.method === 0 ? packed : inflated(packed)) {
    length += chunk.byteLength;
    if (length > member.size) throw refused(`${JSON.stringify(member.name)} is longer than it says`);
    sum = crc32(chunk, sum);
    yield chunk;
  }
  if (length !== member.size || sum !== member.crc32) throw refused(`${JSON.stringify(member.name)} is damaged: its checksum is another`);
}

async function* inflated(packed: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  const inflate = createInflateRaw();
  // A chunk is overwritten as soon as the next is asked for, and zlib asks ahead.
  const copies = async function* (): AsyncGenerator<Uint8Array> {
    for await (const chunk of packed) yield Buffer.from(chunk);
  };
  const source = Readable.from(copies(), { objectMode: false });
  source.on('error', (error) => inflate.destroy(error));
  source.pipe(inflate);
  try {
    yield* inflate as AsyncIterable<Uint8Array>;
  } catch (error) {
    throw error instanceof TowlineError ? error : refused(error instanceof Error ? error.message : String(error));
  } finally {
    source.destroy();
    inflate.destroy();
  }
}

/** The members as whoever unpacks wants them. */
export async function* membersOf(zip: OpenZip, options: CallOptions = {}): AsyncGenerator<Member> {
  for (const member of zip.members) {
    const { name, mode } = member;
    const type = mode & TYPE;
    if (name.endsWith('/') || type === FOLDER) yield { kind: 'folder', name };
    else if (type === LINK) yield { kind: 'link', name, text: Buffer.from(await gather(zip.content(member, options), LONGEST_LINK)).toString() };
    else if (type !== 0 && type !== FILE) throw refused(`${JSON.stringify(name)} is a device or a pipe`);
    else yield { kind: 'file', name, isExecutable: (mode & 0o100) !== 0, ...(mode !== 0 && { mode: mode & 0o777 }), open: () => zip.content(member, options) };
  }
}
