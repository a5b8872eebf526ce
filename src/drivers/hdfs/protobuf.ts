import { TowlineError } from '../../errors.ts';

/** One type of value on the wire. */
export interface Kind<T> {
  /** 0: varint, 1: eight bytes, 2: length and bytes, 5: four bytes. */
  readonly wire: 0 | 1 | 2 | 5;
  write(to: ByteWriter, value: T): void;
  read(from: ByteReader): T;
}
type Presence = 'required' | 'optional' | 'repeated';
/** A field of a message: its number, its type, and how often it stands. */
export interface Field<T, P extends Presence> { readonly number: number; readonly kind: Kind<T>; readonly presence: P }
type Fields = Readonly<Record<string, Field<never, Presence> | Field<unknown, Presence>>>;

type Keys<F extends Fields, P extends Presence> = { [K in keyof F]: F[K] extends { readonly presence: P } ? K : never }[keyof F];
type ValueOf<F> = F extends { readonly kind: Kind<infer T> } ? T : never;
/** What is written: all that is required. */
export type Given<F extends Fields> = { readonly [K in Keys<F, 'required'>]: ValueOf<F[K]> }
  & { readonly [K in Keys<F, 'optional'>]?: ValueOf<F[K]> | undefined } & { readonly [K in Keys<F, 'repeated'>]?: readonly ValueOf<F[K]>[] };
/** What is read: lists may be empty. */
export type Found<F extends Fields> = Given<F> & { readonly [K in Keys<F, 'repeated'>]: readonly ValueOf<F[K]>[] };

/** A message as a table: the one description of it both ways. */
export interface Message<F extends Fields> {
  readonly fields: F;
  encode(value: Given<F>): Buffer;
  /** Fields nobody knows are passed over. Throws CORRUPT on what is cut or lacks a required field. */
  decode(bytes: Uint8Array): Found<F>;
}
/** What a message is when it is read. */
export type MessageOf<M> = M extends Message<infer F> ? Found<F> : never;
/** What a message is when it is written. */
export type RequestOf<M> = M extends Message<infer F> ? Given<F> : never;

export const required = <T>(number: number, kind: Kind<T>): Field<T, 'required'> => ({ number, kind, presence: 'required' });
export const optional = <T>(number: number, kind: Kind<T>): Field<T, 'optional'> => ({ number, kind, presence: 'optional' });
export const repeated = <T>(number: number, kind: Kind<T>): Field<T, 'repeated'> => ({ number, kind, presence: 'repeated' });

/** A whole number below 2^53. Counts and lengths; what uses all 64 bits is `big`. */
export const uint: Kind<number> = { wire: 0, write: (to, value) => { to.varint(value); }, read: (from) => from.varint() };
/** A whole number that may be negative, where that means 'none'. */
export const int: Kind<number> = { wire: 0, write: (to, value) => { to.bigVarint(BigInt.asUintN(64, BigInt(value))); }, read: (from) => Number(BigInt.asIntN(64, from.bigVarint())) };
export const big: Kind<bigint> = { wire: 0, write: (to, value) => { to.bigVarint(BigInt.asUintN(64, value)); }, read: (from) => from.bigVarint() };
/** Zigzag: small negative numbers stay short. */
export const sint: Kind<number> = {
  wire: 0, write: (to, value) => { to.varint(value < 0 ? -2 * value - 1 : 2 * value); },
  read: (from) => { const raw = from.bigVarint(); return Number((raw & 1n) === 1n ? -((raw + 1n) >> 1n) : raw >> 1n); },
};
export const bool: Kind<boolean> = { wire: 0, write: (to, value) => { to.varint(value ? 1 : 0); }, read: (from) => from.bigVarint() !== 0n };
export const fixed32: Kind<number> = { wire: 5, write: (to, value) => { to.int32(value); }, read: (from) => from.take(4).readInt32LE() };
export const fixed64: Kind<number> = { wire: 1, write: (to, value) => { to.int64(BigInt(value)); }, read: (from) => Number(from.take(8).readBigInt64LE()) };
export const bytes: Kind<Uint8Array> = { wire: 2, write: (to, value) => { to.delimited(value); }, read: (from) => from.take(from.varint()) };
export const string: Kind<string> = { wire: 2, write: (to, value) => { to.delimited(Buffer.from(value)); }, read: (from) => from.take(from.varint()).toString('utf8') };
/** Another message inside. */
export const inner = <F extends Fields>(message: Message<F>): Kind<Found<F>> => ({
  wire: 2, write: (to, value) => { to.delimited(message.encode(value)); }, read: (from) => message.decode(from.take(from.varint())),
});

/** Describes a message. */
export function message<const F extends Fields>(fields: F): Message<F> {
  // The casts below stand on this: values are only ever matched with the field of their own name.
  const entries = Object.entries(fields) as readonly (readonly [string, Field<unknown, Presence>])[];
  const byNumber = new Map(entries.map(([name, field]) => [field.number, { name, field }]));
  return {
    fields,
    encode(value) {
      const writer = new ByteWriter();
      for (const [name, { number, kind, presence }] of entries) {
        const given = (value as Readonly<Record<string, unknown>>)[name];
        if (given === undefined) continue;
        for (const one of presence === 'repeated' ? (given as readonly unknown[]) : [given]) {
          writer.varint(number * 8 + kind.wire);
          kind.write(writer, one);
        }
      }
      return writer.finish();
    },
    decode(from) {
      const reader = new ByteReader(from);
      const found: Record<string, unknown> = {};
      for (const [name, { presence }] of entries) if (presence === 'repeated') found[name] = [];
      while (reader.hasMore()) {
        const tag = reader.varint();
        const known = byNumber.get(Math.floor(tag / 8));
        if (known === undefined) reader.skip(tag % 8);
        else readField(reader, { ...known, wire: tag % 8 }, found);
      }
      const missing = entries.find(([name, { presence }]) => presence === 'required' && found[name] === undefined);
      if (missing) throw damaged(`it lacks '${missing[0]}'`);
      return found as Found<F>;
    },
  };
}

interface Known { readonly name: string; readonly field: Field<unknown, Presence>; readonly wire: number }

function readField(reader: ByteReader, { name, field, wire }: Known, found: Record<string, unknown>): void {
  const { kind, presence } = field;
  if (presence !== 'repeated') {
    if (wire !== kind.wire) throw damaged(`'${name}' has the wrong type`);
    found[name] = kind.read(reader);
    return;
  }
  const list = found[name] as unknown[];
  if (wire === kind.wire) list.push(kind.read(reader));
  // Numbers may stand packed into one piece, whatever the sender's table says.
  else if (wire === 2) for (const packed = new ByteReader(reader.take(reader.varint())); packed.hasMore(); ) list.push(kind.read(packed));
  else throw damaged(`'${name}' has the wrong type`);
}

const damaged = (why: string): TowlineError => new TowlineError('CORRUPT', `the server sent a message that cannot be read: ${why}`, { hint: 'Check that host and port are those of HDFS itself, not of its web pages.' });

/** Writes the pieces of one message. */
export class ByteWriter {
  #bytes = Buffer.allocUnsafe(128);
  #length = 0;

  varint(value: number): void {
    const bytes = this.#room(10);
    let rest = value;
    while (rest > 0x7f) {
      bytes[this.#length++] = (rest % 0x80) + 0x80;
      rest = Math.floor(rest / 0x80);
    }
    bytes[this.#length++] = rest;
  }
  bigVarint(value: bigint): void {
    const bytes = this.#room(10);
    let rest = value;
    for (; rest > 0x7fn; rest >>= 7n) bytes[this.#length++] = Number(rest & 0x7fn) + 0x80;
    bytes[this.#length++] = Number(rest);
  }
  int32(value: number): void { this.#length = this.#room(4).writeInt32LE(value, this.#length); }
  int64(value: bigint): void { this.#length = this.#room(8).writeBigInt64LE(value, this.#length); }
  delimited(value: Uint8Array): void {
    this.varint(value.byteLength);
    this.#room(value.byteLength).set(value, this.#length);
    this.#length += value.byteLength;
  }
  finish(): Buffer { return this.#bytes.subarray(0, this.#length); }

  #room(count: number): Buffer {
    if (this.#length + count > this.#bytes.byteLength) {
      const larger = Buffer.allocUnsafe(Math.max(this.#bytes.byteLength * 2, this.#length + count));
      larger.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = larger;
    }
    return this.#bytes;
  }
}

/** Reads the pieces of one message; throws CORRUPT beyond its end. */
export class ByteReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(from: Uint8Array) { this.#bytes = Buffer.from(from.buffer, from.byteOffset, from.byteLength); }

  hasMore(): boolean { return this.#at < this.#bytes.byteLength; }
  /** How many bytes were read. */
  get position(): number { return this.#at; }
  varint(): number {
    let value = 0;
    for (let factor = 1, count = 0; count < 10; factor *= 0x80, count += 1) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined) throw damaged('it is cut off');
      value += (byte & 0x7f) * factor;
      if (byte > 0x7f) continue;
      if (!Number.isSafeInteger(value)) throw damaged('a number is too large');
      return value;
    }
    throw damaged('a number has no end');
  }
  bigVarint(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined) throw damaged('it is cut off');
      value |= BigInt(byte & 0x7f) << shift;
      if (byte <= 0x7f) return BigInt.asUintN(64, value);
    }
    throw damaged('a number has no end');
  }
  take(count: number): Buffer {
    if (this.#at + count > this.#bytes.byteLength) throw damaged('it is cut off');
    return this.#bytes.subarray(this.#at, (this.#at += count));
  }
  skip(wire: number): void {
    if (wire === 0) this.bigVarint();
    else if (wire === 1) this.take(8);
    else if (wire === 2) this.take(this.varint());
    else if (wire === 5) this.take(4);
    else throw damaged('it holds a field of an unknown type');
  }
}

/** The message with its length before it. */
export function delimited(encoded: Uint8Array): Buffer {
  const writer = new ByteWriter();
  writer.delimited(encoded);
  return writer.finish();
}
