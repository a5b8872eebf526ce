import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { openRange } from '../../disk/open-range.ts';
import { TowlineError } from '../../errors.ts';
import { type ArchiveLimits, type Member, refused } from './members.ts';
import { BLOCK, decoded, readHeader, readPax, type TarHeader } from './tar-header.ts';

/** Names longer than this are no names. */
const LONGEST_META = 1 << 20;
/** Headers of one member: its own, those of a long name, and what fills its last block. */
const META_OF_MEMBER = 4096;

/** The members of a gzipped tar, one after the other: what was not read of one is passed over before the next. */
export async function* readTar(file: string, { mostBytes, mostMembers }: ArchiveLimits): AsyncGenerator<Member> {
  // What is passed over costs time, too: headers without a member, and bytes of what is no file.
  const bytes = createReader(gunzipped(file, mostBytes + mostMembers * META_OF_MEMBER));
  try {
    for (let header = await nextHeader(bytes); header !== undefined; header = await nextHeader(bytes)) {
      let left = header.size;
      const content = async function* (): AsyncGenerator<Uint8Array> {
        while (left > 0) {
          const chunk = await bytes.some(left);
          left -= chunk.byteLength;
          yield chunk;
        }
      };
      yield memberOf(header, content);
      while (left > 0) left -= (await bytes.some(left)).byteLength;
      await bytes.exactly(padding(header.size));
    }
  } finally {
    await bytes.close();
  }
}

const padding = (size: number): number => (BLOCK - (size % BLOCK)) % BLOCK;

function memberOf({ name, type, mode, linkName }: TarHeader, content: () => AsyncIterable<Uint8Array>): Member {
  if (type === '5' || (type === '0' && name.endsWith('/'))) return { kind: 'folder', name };
  if (type === '0') return { kind: 'file', name, isExecutable: (mode & 0o100) !== 0, open: content };
  if (type === '2') return { kind: 'link', name, text: linkName };
  if (type === '1') return { kind: 'twin', name, of: linkName };
  throw refused(`${JSON.stringify(name)} is a device, a pipe or of a kind nobody knows`);
}

/** The header of the next member, with what the headers before it say of it. */
async function nextHeader(bytes: Reader): Promise<TarHeader | undefined> {
  let more: Partial<TarHeader> = {};
  for (;;) {
    const block = await bytes.block();
    const header = block && readHeader(block);
    if (header === undefined) return undefined;
    if (!/^[xgLK]$/.test(header.type)) return { ...header, ...more };
    if (header.size > LONGEST_META) throw refused('an extended header of the tar is too long');
    const text = await bytes.exactly(header.size);
    await bytes.exactly(padding(header.size));
    more = { ...more, ...said(header.type, text) };
  }
}

function said(type: string, text: Uint8Array): Partial<TarHeader> {
  if (type === 'g') return {};
  if (type === 'L') return { name: decoded(text) };
  if (type === 'K') return { linkName: decoded(text) };
  const records = readPax(text);
  const [name, linkName, size] = ['path', 'linkpath', 'size'].map((key) => records.get(key));
  if ([...records.keys()].some((key) => key.startsWith('GNU.sparse'))) throw refused('it holds files with holes');
  if (size !== undefined && !/^\d{1,15}$/.test(size)) throw refused('an extended header of the tar is damaged');
  return { ...(name !== undefined && { name }), ...(linkName !== undefined && { linkName }), ...(size !== undefined && { size: Number(size) }) };
}

interface Reader {
  /** The next block; undefined where nothing is left. */
  block(): Promise<Uint8Array | undefined>;
  exactly(count: number): Promise<Uint8Array>;
  /** Between one byte and `most`: what is there. */
  some(most: number): Promise<Uint8Array>;
  close(): Promise<void>;
}

function createReader(chunks: AsyncGenerator<Uint8Array>): Reader {
  let rest: Uint8Array = new Uint8Array();
  const more = async (): Promise<boolean> => {
    while (rest.byteLength === 0) {
      const next = await chunks.next();
      if (next.done === true) return false;
      rest = next.value;
    }
    return true;
  };
  const some = async (most: number): Promise<Uint8Array> => {
    if (!(await more())) throw refused('it ends in the middle');
    const piece = rest.subarray(0, most);
    rest = rest.subarray(piece.byteLength);
    return piece;
  };
  const exactly = async (count: number): Promise<Uint8Array> => {
    const gathered = Buffer.alloc(count);
    for (let at = 0; at < count; ) {
      const piece = await some(count - at);
      gathered.set(piece, at);
      at += piece.byteLength;
    }
    return gathered;
  };
  return { some, exactly, block: async () => ((await more()) ? await exactly(BLOCK) : undefined), close: async () => void (await chunks.return(undefined)) };
}

async function* gunzipped(file: string, most: number): AsyncGenerator<Uint8Array> {
  const gunzip = createGunzip();
  // A chunk of the file is overwritten as soon as the next is asked for, and gunzip asks ahead.
  const copies = async function* (): AsyncGenerator<Uint8Array> {
    for await (const chunk of openRange(file)) yield Buffer.from(chunk);
  };
  const source = Readable.from(copies(), { objectMode: false });
  pipeline(source, gunzip, () => undefined);
  try {
    let total = 0;
    for await (const chunk of gunzip as AsyncIterable<Uint8Array>) {
      total += chunk.byteLength;
      if (total > most) throw refused(`it unpacks to more than ${most} bytes`);
      yield chunk;
    }
  } catch (error) {
    throw error instanceof TowlineError ? error : refused(error instanceof Error ? error.message : String(error));
  } finally {
    gunzip.destroy();
    source.destroy();
  }
}
