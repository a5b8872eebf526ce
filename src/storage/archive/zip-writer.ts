import { once } from 'node:events';
import { crc32, createDeflateRaw, deflateRawSync } from 'node:zlib';
import type { OpenFile } from '../../disk/disk.ts';
import type { OpenZip, ZipMember } from './open-zip.ts';
import { endRecords, indexRecord, localRecord } from './zip-records.ts';

export interface NewMember {
  readonly name: string;
  /** Kind and permissions as Unix writes them. */
  readonly mode: number;
  /** What is known beforehand: more than 4 GiB take a longer header. */
  readonly size: number;
}
/** Writes a zip into a new file, the same bytes for the same members: no time, no order of its own. */
export interface ZipWriter {
  /** Packs what `chunks` give. */
  add(member: NewMember, chunks: AsyncIterable<Uint8Array>): Promise<ZipMember>;
  /** Takes a member of another zip as it is packed there. */
  copy(zip: OpenZip, member: ZipMember): Promise<void>;
  /** How long the zip is when it is finished now. */
  size(): number;
  finish(): void;
}

const SMALL = 1 << 20;
const BATCH = 1 << 18;
/** What gains less than this by deflating is stored: it is read faster, by ranges too. */
const WORTH = 0.97;

export function createZipWriter(file: OpenFile): ZipWriter {
  const members: ZipMember[] = [];
  const out = batched(file);
  const put = (member: ZipMember): ZipMember => {
    members.push(member);
    return member;
  };
  return {
    async add(member, chunks) {
      const at = out.size();
      const { head, rest } = await headOf(chunks);
      const trial = head.length === 0 ? head : deflateRawSync(head);
      const method = trial.length < head.length * WORTH ? 8 : 0;
      const facts = { name: member.name, mode: member.mode, method, at };
      if (rest === undefined) {
        const packed = method === 8 ? trial : head;
        const whole = { ...facts, crc32: crc32(head), packedSize: packed.length, size: head.length };
        out.write(localRecord(whole, false));
        out.write(packed);
        return put(whole);
      }
      const isLong = member.size >= 0xff000000;
      const record = (sizes: Pick<ZipMember, 'crc32' | 'packedSize' | 'size'>): Buffer => localRecord({ ...facts, ...sizes }, isLong);
      out.write(record({ crc32: 0, packedSize: 0, size: 0 }));
      const sizes = await pack(joined(head, rest), method, out.write);
      out.flush();
      file.write(record(sizes), at);
      return put({ ...facts, ...sizes });
    },
    async copy(zip, member) {
      const copied = { ...member, at: out.size() };
      out.write(localRecord(copied, Math.max(member.size, member.packedSize) >= 0xff000000));
      for await (const chunk of zip.packed(member)) out.write(chunk);
      put(copied);
    },
    size: () => out.size() + members.reduce((sum, member) => sum + indexRecord(member).length, 0) + endRecords(members.length, out.size(), 0).length,
    finish() {
      const start = out.size();
      for (const member of members) out.write(indexRecord(member));
      out.write(endRecords(members.length, start, out.size() - start));
      out.flush();
    },
  };
}

interface Batched { write(bytes: Uint8Array): void; flush(): void; size(): number }

/** Few large writes instead of many small ones, each at its place. */
function batched(file: OpenFile): Batched {
  let held: Uint8Array[] = [];
  let [done, waiting] = [0, 0];
  const flush = (): void => {
    if (waiting > 0) file.write(held.length === 1 && held[0] ? held[0] : Buffer.concat(held), done);
    done += waiting;
    [held, waiting] = [[], 0];
  };
  return {
    flush,
    size: () => done + waiting,
    write(bytes) {
      held.push(Buffer.from(bytes));
      waiting += bytes.byteLength;
      if (waiting >= BATCH) flush();
    },
  };
}

/** The first MiB, and what is behind it where there is more. */
async function headOf(chunks: AsyncIterable<Uint8Array>): Promise<{ readonly head: Buffer; readonly rest?: AsyncIterator<Uint8Array> }> {
  const iterator = chunks[Symbol.asyncIterator]();
  const held: Buffer[] = [];
  for (let size = 0; size <= SMALL; ) {
    const next = await iterator.next();
    if (next.done === true) return { head: Buffer.concat(held) };
    held.push(Buffer.from(next.value));
    size += next.value.byteLength;
  }
  return { head: Buffer.concat(held), rest: iterator };
}

async function* joined(head: Buffer, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield head;
    for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
  } finally {
    await rest.return?.();
  }
}

async function pack(chunks: AsyncIterable<Uint8Array>, method: number, write: (bytes: Uint8Array) => void): Promise<Pick<ZipMember, 'crc32' | 'packedSize' | 'size'>> {
  let [sum, size, packedSize] = [0, 0, 0];
  const take = (bytes: Uint8Array): void => {
    packedSize += bytes.byteLength;
    write(bytes);
  };
  const deflate = method === 8 ? createDeflateRaw() : undefined;
  const ended = deflate && once(deflate, 'end');
  // Whoever fails first says so below; nobody else has to hear it.
  ended?.catch(() => undefined);
  deflate?.on('data', take);
  for await (const chunk of chunks) {
    sum = crc32(chunk, sum);
    size += chunk.byteLength;
    if (deflate === undefined) take(chunk);
    else if (!deflate.write(Buffer.from(chunk))) await once(deflate, 'drain');
  }
  deflate?.end();
  await ended;
  return { crc32: sum, size, packedSize };
}
