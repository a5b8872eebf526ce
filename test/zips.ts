import { crc32, deflateRawSync } from 'node:zlib';

/** One member of an archive that a test makes, right or wrong. */
export interface Item { readonly name: string; readonly body?: string | Buffer; readonly type?: string; readonly link?: string; readonly mode?: number; readonly size?: number }
export interface ZipItem extends Item { readonly crc?: number; readonly method?: number; readonly flags?: number; /** Where the directory says it begins. */ readonly place?: number }

/** A zip as its bytes, so that what no program would write can be written. */
export function zip(...items: readonly ZipItem[]): Buffer {
  const parts: Buffer[] = [];
  const index: Buffer[] = [];
  let at = 0;
  for (const { name, body = '', mode = 0o100644, crc, size, method = 8, flags = 0x800, place } of items) {
    const [bytes, encoded] = [Buffer.from(body), Buffer.from(name)];
    const packed = method === 8 ? deflateRawSync(bytes) : bytes;
    const facts = Buffer.alloc(26);
    facts.writeUInt16LE(20, 0);
    facts.writeUInt16LE(flags, 2);
    facts.writeUInt16LE(method, 4);
    facts.writeUInt32LE(crc ?? crc32(bytes), 10);
    facts.writeUInt32LE(packed.length, 14);
    facts.writeUInt32LE(size ?? bytes.length, 18);
    facts.writeUInt16LE(encoded.length, 22);
    const local = Buffer.concat([Buffer.from('PK\u0003\u0004', 'latin1'), facts, encoded, packed]);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(mode * 65536, 6);
    tail.writeUInt32LE(place ?? at, 10);
    index.push(Buffer.concat([Buffer.from('PK\u0001\u0002', 'latin1'), Buffer.from([20, 3]), facts, tail, encoded]));
    parts.push(local);
    at += local.length;
  }
  const central = Buffer.concat(index);
  const end = Buffer.alloc(22);
  end.write('PK\u0005\u0006', 0, 'latin1');
  end.writeUInt16LE(items.length, 8);
  end.writeUInt16LE(items.length, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...parts, central, end]);
}

const [LINK, DEVICE] = [0o120777, 0o020644];
const plain = zip({ name: 'a', body: 'one' }, { name: 'b', body: 'two' });
const flipped = (bytes: Buffer, at: number): Buffer => {
  const copy = Buffer.from(bytes);
  copy[at] = (copy[at] ?? 0) ^ 0xff;
  return copy;
};

/** Zips of which nothing may be written, by what is wrong with them. */
export const HOSTILE_ZIPS: Readonly<Record<string, Buffer>> = {
  'parents': zip({ name: '../evil', body: 'x' }),
  'parents within': zip({ name: 'a/../../evil', body: 'x' }),
  'parents that stay': zip({ name: 'a/../b', body: 'x' }),
  'parents at the end': zip({ name: 'a/..', body: 'x' }),
  'only parents': zip({ name: '..', body: 'x' }),
  'an absolute name': zip({ name: '/evil', body: 'x' }),
  'two slashes first': zip({ name: '//host/evil', body: 'x' }),
  'a drive': zip({ name: 'C:\\evil', body: 'x' }),
  'a backslash': zip({ name: '..\\evil', body: 'x' }),
  'an empty segment': zip({ name: 'a//b', body: 'x' }),
  'a dot within': zip({ name: 'a/./b', body: 'x' }),
  'a line end': zip({ name: 'a\nb', body: 'x' }),
  'an escape sequence': zip({ name: 'a\u001b[2Jb', body: 'x' }),
  'a zero byte': zip({ name: 'a\u0000b', body: 'x' }),
  'a delete character': zip({ name: 'a\u007fb', body: 'x' }),
  'a very long name': zip({ name: 'n'.repeat(300), body: 'x' }),
  'a folder outside': zip({ name: '../evil/', mode: 0o040755 }),
  'a link outside': zip({ name: 'l', body: '../x', mode: LINK }),
  'an absolute link': zip({ name: 'l', body: '/etc/passwd', mode: LINK }),
  'a deep link outside': zip({ name: 'a/b/l', body: '../../../x', mode: LINK }),
  'a link with parents behind a name': zip({ name: 'l', body: 'a/../../x', mode: LINK }),
  'an empty link': zip({ name: 'l', body: '', mode: LINK }),
  'an endless link': zip({ name: 'l', body: 'x'.repeat(10_000), mode: LINK }),
  'a file through a link': zip({ name: 'l', body: 'd', mode: LINK }, { name: 'l/x', body: 'x' }),
  'a file over a link': zip({ name: 'l', body: 'd', mode: LINK }, { name: 'l', body: 'x' }),
  'a link over a file': zip({ name: 'l', body: 'x' }, { name: 'l', body: 'd', mode: LINK }),
  'a file below a file': zip({ name: 'a', body: 'x' }, { name: 'a/b', body: 'x' }),
  'a file over a folder': zip({ name: 'a/b', body: 'x' }, { name: 'a', body: 'x' }),
  'a device': zip({ name: 'd', mode: DEVICE }),
  'a pipe': zip({ name: 'd', mode: 0o010644 }),
  'twins in case': zip({ name: 'Readme', body: 'x' }, { name: 'README', body: 'y' }),
  'twins in accents': zip({ name: '\u00e4', body: 'x' }, { name: 'a\u0308', body: 'y' }),
  'an encrypted member': zip({ name: 'a', body: 'x', flags: 0x801 }),
  'a method nobody knows': zip({ name: 'a', body: 'x', method: 99 }),
  'a wrong checksum': zip({ name: 'a', body: 'x' }, { name: 'b', body: 'y', crc: 1 }),
  'a length too small': zip({ name: 'a', body: 'x'.repeat(5000), size: 10 }),
  'a length too large': zip({ name: 'a', body: 'x', size: 10 }),
  'members that share bytes': zip({ name: 'a', body: 'x' }, { name: 'b', body: 'y', place: 0 }),
  'a member behind the end': zip({ name: 'a', body: 'x', place: 100_000 }),
  'a damaged header': flipped(plain, 1),
  'damaged bytes': flipped(plain, 31),
  'no end': plain.subarray(0, plain.length - 10),
  'half of it': plain.subarray(plain.length >> 1),
  'no zip': Buffer.from('hello'),
  'nothing': Buffer.alloc(0),
};
