import type { ZipMember } from './open-zip.ts';

const LONG = 0xffffffff;
const [UTF8, DATE] = [0x800, 0x21];
/** 4.5: with 64-bit sizes; 2.0: with folders and deflate. */
const [VERSION_LONG, VERSION] = [45, 20];
const MADE_ON_UNIX = 3;

/** What stands before a member. `isLong` keeps room for sizes of 64 bits. Every time is 1 January 1980, midnight: the earliest a zip can say. */
export function localRecord(member: ZipMember, isLong: boolean): Buffer {
  const name = Buffer.from(member.name);
  const record = Buffer.alloc(30 + name.length + (isLong ? 20 : 0));
  record.writeUInt32LE(0x04034b50, 0);
  writeFacts(record, 4, { member, isLong, nameLength: name.length, extraLength: isLong ? 20 : 0 });
  name.copy(record, 30);
  if (isLong) longExtra([member.size, member.packedSize]).copy(record, 30 + name.length);
  return record;
}

/** What the directory at the end says of a member. */
export function indexRecord(member: ZipMember): Buffer {
  const name = Buffer.from(member.name);
  const isLong = Math.max(member.size, member.packedSize) >= 0xff000000;
  const isFar = member.at >= LONG;
  const extra = isLong || isFar ? longExtra([...(isLong ? [member.size, member.packedSize] : []), ...(isFar ? [member.at] : [])]) : Buffer.alloc(0);
  const record = Buffer.alloc(46);
  record.writeUInt32LE(0x02014b50, 0);
  record.writeUInt8(isLong || isFar ? VERSION_LONG : VERSION, 4);
  record.writeUInt8(MADE_ON_UNIX, 5);
  writeFacts(record, 6, { member, isLong, nameLength: name.length, extraLength: extra.length });
  const folder = member.name.endsWith('/') ? 0x10 : 0;
  record.writeUInt32LE((member.mode & 0xffff) * 65536 + folder, 38);
  record.writeUInt32LE(isFar ? LONG : member.at, 42);
  return Buffer.concat([record, name, extra]);
}

function writeFacts(record: Buffer, at: number, { member, isLong, nameLength, extraLength }: { readonly member: ZipMember; readonly isLong: boolean; readonly nameLength: number; readonly extraLength: number }): void {
  record.writeUInt16LE(isLong ? VERSION_LONG : VERSION, at);
  record.writeUInt16LE(UTF8, at + 2);
  record.writeUInt16LE(member.method, at + 4);
  record.writeUInt16LE(DATE, at + 8);
  record.writeUInt32LE(member.crc32, at + 10);
  record.writeUInt32LE(isLong ? LONG : member.packedSize, at + 14);
  record.writeUInt32LE(isLong ? LONG : member.size, at + 18);
  record.writeUInt16LE(nameLength, at + 22);
  record.writeUInt16LE(extraLength, at + 24);
}

function longExtra(numbers: readonly number[]): Buffer {
  const extra = Buffer.alloc(4 + numbers.length * 8);
  extra.writeUInt16LE(1, 0);
  extra.writeUInt16LE(numbers.length * 8, 2);
  numbers.forEach((number, index) => extra.writeBigUInt64LE(BigInt(number), 4 + index * 8));
  return extra;
}

/** What ends a zip whose directory has `size` bytes from `start` on. */
export function endRecords(count: number, start: number, size: number): Buffer {
  const isLong = count >= 0xffff || start >= LONG || size >= LONG;
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(Math.min(count, 0xffff), 8);
  end.writeUInt16LE(Math.min(count, 0xffff), 10);
  end.writeUInt32LE(Math.min(size, LONG), 12);
  end.writeUInt32LE(Math.min(start, LONG), 16);
  if (!isLong) return end;
  const long = Buffer.alloc(76);
  long.writeUInt32LE(0x06064b50, 0);
  long.writeBigUInt64LE(44n, 4);
  long.writeUInt8(VERSION_LONG, 12);
  long.writeUInt8(MADE_ON_UNIX, 13);
  long.writeUInt16LE(VERSION_LONG, 14);
  for (const [offset, number] of [[24, count], [32, count], [40, size], [48, start]] as const) long.writeBigUInt64LE(BigInt(number), offset);
  long.writeUInt32LE(0x07064b50, 56);
  long.writeBigUInt64LE(BigInt(start + size), 64);
  long.writeUInt32LE(1, 72);
  return Buffer.concat([long, end]);
}
