/** A CRC-64 over bytes that come in pieces of any size. */
export interface Crc64 {
  update(bytes: Uint8Array): void;
  /** The sum of all so far. */
  value(): bigint;
}

/** ECMA-182, bits reversed: the polynomial of xz, and of Alibaba's `x-oss-hash-crc64ecma`. */
const POLYNOMIAL = 0xc96c5795d7870f42n;
const POLYNOMIAL_HIGH = Number(POLYNOMIAL >> 32n);
const POLYNOMIAL_LOW = Number(POLYNOMIAL & 0xffffffffn);
const SLICES = 8;

interface Tables {
  readonly high: Int32Array;
  readonly low: Int32Array;
}
let tables: Tables | undefined;

/** Eight bytes at a time by eight tables of two halves: some 400 MB/s, where Node's own MD5 does 600. The tables are made when first asked for. */
export function createCrc64(): Crc64 {
  const { high: H, low: L } = (tables ??= makeTables());
  let high = -1;
  let low = -1;
  return {
    update(bytes) {
      // Every index lies within the tables and the bytes, so the casts are right; a check for each byte would cost a third.
      const at = (index: number): number => bytes[index] as number;
      let h = high;
      let l = low;
      let index = 0;
      for (const end = bytes.byteLength - 7; index < end; index += 8) {
        l ^= at(index) | (at(index + 1) << 8) | (at(index + 2) << 16) | (at(index + 3) << 24);
        h ^= at(index + 4) | (at(index + 5) << 8) | (at(index + 6) << 16) | (at(index + 7) << 24);
        const [a, b, c, d] = [1792 + (l & 255), 1536 + ((l >>> 8) & 255), 1280 + ((l >>> 16) & 255), 1024 + (l >>> 24)];
        const [e, f, g, i] = [768 + (h & 255), 512 + ((h >>> 8) & 255), 256 + ((h >>> 16) & 255), h >>> 24];
        h = (H[a] as number) ^ (H[b] as number) ^ (H[c] as number) ^ (H[d] as number) ^ (H[e] as number) ^ (H[f] as number) ^ (H[g] as number) ^ (H[i] as number);
        l = (L[a] as number) ^ (L[b] as number) ^ (L[c] as number) ^ (L[d] as number) ^ (L[e] as number) ^ (L[f] as number) ^ (L[g] as number) ^ (L[i] as number);
      }
      for (; index < bytes.byteLength; index++) {
        const slot = (l ^ at(index)) & 255;
        l = ((l >>> 8) | (h << 24)) ^ (L[slot] as number);
        h = (h >>> 8) ^ (H[slot] as number);
      }
      high = h;
      low = l;
    },
    value: () => (BigInt(~high >>> 0) << 32n) | BigInt(~low >>> 0),
  };
}

/** The CRC-64 of bytes that are all here. */
export function crc64(bytes: Uint8Array): bigint {
  const crc = createCrc64();
  crc.update(bytes);
  return crc.value();
}

/** The CRC-64 of two pieces one after the other, from that of each and the length of the second: no byte is read again. */
export function combineCrc64(first: bigint, second: bigint, secondLength: number): bigint {
  return multiply(powerOfX(secondLength), first) ^ second;
}

function makeTables(): Tables {
  const high = new Int32Array(256 * SLICES);
  const low = new Int32Array(256 * SLICES);
  for (let byte = 0; byte < 256; byte++) {
    let [h, l] = [0, byte];
    for (let bit = 0; bit < 8; bit++) {
      const isOdd = (l & 1) === 1;
      l = (l >>> 1) | (h << 31);
      h >>>= 1;
      if (isOdd) [h, l] = [h ^ POLYNOMIAL_HIGH, l ^ POLYNOMIAL_LOW];
    }
    high[byte] = h;
    low[byte] = l;
  }
  for (let slot = 256; slot < 256 * SLICES; slot++) {
    const [h, l] = [high[slot - 256] as number, low[slot - 256] as number];
    high[slot] = (h >>> 8) ^ (high[l & 255] as number);
    low[slot] = ((l >>> 8) | (h << 24)) ^ (low[l & 255] as number);
  }
  return { high, low };
}

/** The product of two polynomials modulo ours; the highest bit stands for x^0. */
function multiply(a: bigint, b: bigint): bigint {
  let product = 0n;
  let factor = b;
  for (let bit = 63n; bit >= 0n; bit--) {
    if ((a >> bit) & 1n) product ^= factor;
    factor = factor & 1n ? (factor >> 1n) ^ POLYNOMIAL : factor >> 1n;
  }
  return product;
}

let lastPower = { length: -1, power: 0n };

/** x to the power of eight times `length`: what shifts a CRC over that many bytes. Parts are of one length, so the last is kept. */
function powerOfX(length: number): bigint {
  if (lastPower.length === length) return lastPower.power;
  let power = 1n << 63n;
  let square = 1n << 55n;
  for (let rest = BigInt(length); rest > 0n; rest >>= 1n) {
    if (rest & 1n) power = multiply(power, square);
    square = multiply(square, square);
  }
  lastPower = { length, power };
  return power;
}
