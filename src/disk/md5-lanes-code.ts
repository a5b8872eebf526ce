/**
 * The machine code of MD5 on four or eight messages at once, as a WebAssembly module of 15 KB: one message's steps wait for each other, those of others do not.
 * On one core OpenSSL does 0.7 GB/s, four messages 2.5, eight 4.0 (Zen 4, Node 20): two vectors that take turns. Three are no faster, for there are only so many registers.
 * Written here instead of compiled from C, so that it can be read and needs no tool.
 *
 * `four(p0, ..., p3, blocks)` and `eight(p0, ..., p7, blocks)` take `blocks` times 64 bytes from each place; the states lie at address 0: a, b, c, d, each of four lanes, and then those of the other four.
 */
export function md5LanesModule(pages: number): Uint8Array<ArrayBuffer> {
  const type = (lanes: number): Bytes => [0x60, vector(Array.from({ length: lanes + 1 }, () => I32)), 0];
  const exported = (name: string, kind: number, index: number): Bytes => [vector([...Buffer.from(name)]), kind, index];
  return Uint8Array.from(flat([
    0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0,
    section(1, [2, type(4), type(8)]), section(3, [2, 0, 1]), section(5, [1, 0, unsigned(pages)]),
    section(7, [3, exported('memory', 2, 0), exported('four', 0, 0), exported('eight', 0, 1)]), section(10, [2, vector(body(1)), vector(body(2))]),
  ]));
}

/** Bytes in pieces within pieces, laid out once at the end: to copy them at every level takes 12 ms of a command that hashes for the first time. */
type Bytes = readonly (number | Bytes)[];

function flat(pieces: Bytes, into: number[] = []): number[] {
  for (let at = 0; at < pieces.length; at += 1) {
    const piece = pieces[at] ?? 0;
    if (typeof piece === 'number') into.push(piece);
    else flat(piece, into);
  }
  return into;
}

const I32 = 0x7f;
const V128 = 0x7b;
const section = (id: number, bytes: Bytes): Bytes => [id, vector(bytes)];
function vector(pieces: Bytes): Bytes {
  const bytes = flat(pieces);
  return [unsigned(bytes.length), bytes];
}

function unsigned(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >>> 7)];
}
/** A small number that is not negative, as a signed one. */
function signed(value: number): number[] {
  return value < 0x40 ? [value] : [(value & 0x7f) | 0x80, ...signed(value >>> 7)];
}
/** 32 bits, the highest of which is the sign: five bytes, the last with four of them. */
const signed32 = (bits: number): Bytes => [[0, 7, 14, 21].map((shift) => ((bits >>> shift) & 0x7f) | 0x80), ((bits >> 28) & 0x7f)];

/** Locals of four lanes: their state, what it was before the block, and the words of the block. */
interface Lanes {
  /** Which four: the locals with their places begin there, and theirs are the states. */
  readonly index: number;
  readonly state: readonly [number, number, number, number];
  readonly before: readonly [number, number, number, number];
  readonly firstWord: number;
}
const LOCALS = 24;
/** All locals: first come the places, then the blocks left, four that are free, and those of each four lanes. */
interface Locals {
  readonly left: number;
  readonly free: readonly [number, number, number, number];
  readonly lanes: readonly Lanes[];
}

const four = (first: number) => [first, first + 1, first + 2, first + 3] as const;
function localsOf(vectors: number): Locals {
  const left = vectors * 4;
  const lanes = Array.from({ length: vectors }, (_, index) => {
    const first = left + 5 + index * LOCALS;
    return { index, state: four(first), before: four(first + 4), firstWord: first + 8 };
  });
  return { left, free: four(left + 1), lanes };
}

const get = (local: number): Bytes => [0x20, local];
const set = (local: number): Bytes => [0x21, local];
const simd = (operation: number): Bytes => [0xfd, unsigned(operation)];
const number = (value: number): Bytes => [0x41, signed(value)];
const [LOAD, STORE, SHUFFLE, SPLAT] = [0x00, 0x0b, 0x0d, 0x11];
const [NOT, AND, AND_NOT, OR, XOR, SHIFT_LEFT, SHIFT_RIGHT, ADD] = [0x4d, 0x4e, 0x4f, 0x50, 0x51, 0xab, 0xad, 0xae].map(simd) as [Bytes, Bytes, Bytes, Bytes, Bytes, Bytes, Bytes, Bytes];
const load = (offset: number): Bytes => [simd(LOAD), 0, unsigned(offset)];
const store = (offset: number): Bytes => [simd(STORE), 0, unsigned(offset)];
/** All four lanes the same 32 bits. */
const constant = (value: number): Bytes => [0x41, signed32(value), simd(SPLAT)];
/** Four lanes out of eight: 0 to 3 of the first operand, 4 to 7 of the second. */
const shuffle = (...lanes: readonly number[]): Bytes => [simd(SHUFFLE), lanes.map((lane) => [0, 1, 2, 3].map((byte) => lane * 4 + byte))];

function body(vectors: number): Bytes {
  const { left, free, lanes } = localsOf(vectors);
  const states = (each: (local: number, offset: number) => Bytes): Bytes => lanes.map(({ index, state }) => state.map((local, word) => each(local, index * 64 + word * 16)));
  return [
    1, 4 + vectors * LOCALS, V128,
    states((local, offset) => [number(0), load(offset), set(local)]),
    0x03, 0x40,
    lanes.map(({ state, before }) => state.map((local, word) => [get(local), set(before[word] ?? 0)])),
    lanes.map((one) => [0, 1, 2, 3].map((quarter) => transposed(one, quarter, free))),
    Array.from({ length: 64 }, (_, index) => lanes.map((one) => md5Step(index, one, free[one.index] ?? 0))),
    lanes.map(({ state, before }) => state.map((local, word) => [get(local), get(before[word] ?? 0), ADD, set(local)])),
    Array.from({ length: left }, (_, place) => [get(place), number(BLOCK), 0x6a, set(place)]),
    get(left), number(1), 0x6b, 0x22, left, 0x0d, 0,
    0x0b,
    states((local, offset) => [number(0), get(local), store(offset)]),
    0x0b,
  ];
}
const BLOCK = 64;

/** Four words of each message become four vectors, each of one word of every message. */
function transposed({ index, firstWord }: Lanes, quarter: number, [one, two, three, last]: Locals['free']): Bytes {
  const word = firstWord + quarter * 4;
  const row = (place: number): Bytes => [get(index * 4 + place), load(quarter * 16)];
  return [
    row(0), row(1), shuffle(0, 4, 1, 5), set(one), row(0), row(1), shuffle(2, 6, 3, 7), set(two),
    row(2), row(3), shuffle(0, 4, 1, 5), set(three), row(2), row(3), shuffle(2, 6, 3, 7), set(last),
    get(one), get(three), shuffle(0, 1, 4, 5), set(word), get(one), get(three), shuffle(2, 3, 6, 7), set(word + 1),
    get(two), get(last), shuffle(0, 1, 4, 5), set(word + 2), get(two), get(last), shuffle(2, 3, 6, 7), set(word + 3),
  ];
}

const ROTATIONS = [[7, 12, 17, 22], [5, 9, 14, 20], [4, 11, 16, 23], [6, 10, 15, 21]] as const;

/** RFC 1321, section 3.4: a = b + ((a + F(b, c, d) + word + sine) rotated). The part that needs b, which has just been made, comes last. */
function md5Step(index: number, { state, firstWord }: Lanes, sum: number): Bytes {
  const round = index >> 4;
  const [a, b, c, d] = [0, 1, 2, 3].map((place) => state[(place - index + 64) % 4] ?? 0) as [number, number, number, number];
  const word = firstWord + ([index, 5 * index + 1, 3 * index + 5, 7 * index][round] ?? 0) % 16;
  const rotation = ROTATIONS[round]?.[index % 4] ?? 0;
  const sine = Math.floor(Math.abs(Math.sin(index + 1)) * 2 ** 32);
  return [
    get(a), get(word), ADD, constant(sine), ADD, (round === 1 ? [get(c), get(d), AND_NOT, ADD] : []),
    mixed(round, { b, c, d }), ADD, set(sum),
    get(sum), number(rotation), SHIFT_LEFT, get(sum), number(32 - rotation), SHIFT_RIGHT, OR, get(b), ADD, set(a),
  ];
}

function mixed(round: number, { b, c, d }: { readonly b: number; readonly c: number; readonly d: number }): Bytes {
  if (round === 0) return [get(c), get(d), XOR, get(b), AND, get(d), XOR];
  // The two halves of this function share no bit, so they may be added; the other half was.
  if (round === 1) return [get(b), get(d), AND];
  if (round === 2) return [get(c), get(d), XOR, get(b), XOR];
  return [get(d), NOT, get(b), OR, get(c), XOR];
}
