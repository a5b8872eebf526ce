import { TowlineError } from '../../errors.ts';

/** Message numbers of SFTP version 3 (draft-ietf-secsh-filexfer-02). */
export const MESSAGE = {
  init: 1, version: 2, open: 3, close: 4, read: 5, write: 6, lstat: 7, fstat: 8, opendir: 11, readdir: 12, remove: 13, mkdir: 14,
  rmdir: 15, realpath: 16, stat: 17, rename: 18, status: 101, handle: 102, data: 103, name: 104, attrs: 105, extended: 200, extendedReply: 201,
} as const;

/** How a file is opened. */
export const OPEN = { read: 1, write: 2, create: 8, truncate: 16, exclusive: 32 } as const;

const HAS_SIZE = 1;
const HAS_OWNER = 2;
const HAS_MODE = 4;
const HAS_TIMES = 8;
const HAS_EXTENDED = 0x80000000;

/** Numbers are uint32, bigints uint64; text and bytes are sent with their length before them. */
export type Field = number | bigint | string | Uint8Array;

/** What the server says about one file. */
export interface Attributes {
  readonly kind: 'file' | 'directory' | 'link' | 'other';
  readonly size: number | undefined;
  /** Seconds since 1970. */
  readonly modifiedSeconds: number | undefined;
}

/** Reads the fields of a packet one after the other; throws CORRUPT beyond its end. */
export interface FieldReader {
  byte(): number;
  uint32(): number;
  uint64(): number;
  /** A view into the packet. */
  bytes(): Uint8Array;
  text(): string;
  hasMore(): boolean;
}

/** One packet with its length before it, ready to send. The fields are copied. */
export function encodePacket(type: number, fields: readonly Field[]): Buffer {
  let length = 1;
  for (const field of fields) length += sizeOf(field);
  const packet = Buffer.allocUnsafe(4 + length);
  packet.writeUInt32BE(length, 0);
  packet[4] = type;
  let position = 5;
  for (const field of fields) position = writeField(packet, field, position);
  return packet;
}

function sizeOf(field: Field): number {
  if (typeof field === 'number') return 4;
  if (typeof field === 'bigint') return 8;
  return 4 + (typeof field === 'string' ? Buffer.byteLength(field) : field.byteLength);
}

function writeField(packet: Buffer, field: Field, position: number): number {
  if (typeof field === 'number') return packet.writeUInt32BE(field, position);
  if (typeof field === 'bigint') return packet.writeBigUInt64BE(field, position);
  if (typeof field === 'string') {
    const length = packet.write(field, position + 4);
    packet.writeUInt32BE(length, position);
    return position + 4 + length;
  }
  packet.writeUInt32BE(field.byteLength, position);
  packet.set(field, position + 4);
  return position + 4 + field.byteLength;
}

/** The fields of `packet` from `start` on; 5 skips the type and the request's number. */
export function readFields(packet: Buffer, start = 5): FieldReader {
  let position = start;
  const take = (count: number): number => {
    const at = position;
    if (at + count > packet.byteLength) throw malformed('a packet ends early');
    position = at + count;
    return at;
  };
  const uint32 = (): number => packet.readUInt32BE(take(4));
  const slice = (): Buffer => {
    const length = uint32();
    const at = take(length);
    return packet.subarray(at, at + length);
  };
  return {
    byte: () => packet.readUInt8(take(1)),
    uint32,
    uint64() {
      const value = Number(packet.readBigUInt64BE(take(8)));
      if (!Number.isSafeInteger(value)) throw malformed('a number is too large');
      return value;
    },
    bytes: slice,
    text: () => slice().toString('utf8'),
    hasMore: () => position < packet.byteLength,
  };
}

/** The attributes that come next. */
export function readAttributes(reader: FieldReader): Attributes {
  const flags = reader.uint32();
  const size = flags & HAS_SIZE ? reader.uint64() : undefined;
  if (flags & HAS_OWNER) { reader.uint32(); reader.uint32(); }
  const mode = flags & HAS_MODE ? reader.uint32() : undefined;
  if (flags & HAS_TIMES) reader.uint32();
  const modifiedSeconds = flags & HAS_TIMES ? reader.uint32() : undefined;
  if (flags & HAS_EXTENDED) for (let left = reader.uint32(); left > 0; left -= 1) { reader.bytes(); reader.bytes(); }
  return { kind: kindOf(mode), size, modifiedSeconds };
}

function kindOf(mode: number | undefined): Attributes['kind'] {
  // A server may leave the mode out; what it then names is most often a file.
  switch (mode === undefined ? 0o100000 : mode & 0o170000) {
    case 0o100000: return 'file';
    case 0o040000: return 'directory';
    case 0o120000: return 'link';
    default: return 'other';
  }
}

/** Cuts a stream of bytes into packets, without the length before them. A packet within one chunk is not copied. */
export function createSplitter(onPacket: (packet: Buffer) => void, limit: number): (chunk: Buffer) => void {
  const head = Buffer.alloc(4);
  let headFilled = 0;
  let packet: Buffer | undefined;
  let filled = 0;
  return (chunk) => {
    for (let at = 0; at < chunk.byteLength; ) {
      if (headFilled < 4) {
        const taken = chunk.copy(head, headFilled, at, at + 4 - headFilled);
        at += taken;
        headFilled += taken;
        if (headFilled < 4) return;
        const announced = head.readUInt32BE(0);
        if (announced < 1 || announced > limit) throw malformed(`a packet of ${announced} bytes is announced`);
      }
      const length = head.readUInt32BE(0);
      if (packet === undefined && chunk.byteLength - at >= length) {
        headFilled = 0;
        onPacket(chunk.subarray(at, at += length));
        continue;
      }
      packet ??= Buffer.allocUnsafe(length);
      const taken = chunk.copy(packet, filled, at, at + length - filled);
      at += taken;
      filled += taken;
      if (filled < length) return;
      const whole = packet;
      packet = undefined;
      filled = headFilled = 0;
      onPacket(whole);
    }
  };
}

function malformed(what: string): TowlineError {
  return new TowlineError('CORRUPT', `the SFTP server sent nonsense: ${what}`, { hint: 'A start-up file on the server that prints something breaks SFTP; try `sftp` by hand.' });
}
