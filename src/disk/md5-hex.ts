import { createHash } from 'node:crypto';

/** The MD5 of a text in UTF-8, or of bytes, in 32 hexadecimal digits. A little is hashed right here: loading `node:crypto` takes longer than that, 3 ms of a start. */
export function md5Hex(content: string | Uint8Array): string {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  return bytes.length > LITTLE ? createHash('md5').update(bytes).digest('hex') : hashLittle(bytes);
}

const LITTLE = 8192;

/** RFC 1321, section 3, as it stands there. */
function hashLittle(bytes: Uint8Array): string {
  const padded = Buffer.alloc((((bytes.length + 8) >> 6) + 1) * 64);
  padded.set(bytes);
  padded[bytes.length] = 0x80;
  padded.writeUInt32LE(bytes.length * 8, padded.length - 8);
  const words = new Int32Array(padded.length / 4);
  for (let at = 0; at < words.length; at++) words[at] = padded.readInt32LE(at * 4);
  const state = Int32Array.of(0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476);
  for (let from = 0; from < words.length; from += 16) addBlock(state, words, from);
  const digest = Buffer.alloc(16);
  state.forEach((word, at) => digest.writeInt32LE(word, at * 4));
  return digest.toString('hex');
}

function addBlock(state: Int32Array, words: Int32Array, from: number): void {
  let [a = 0, b = 0, c = 0, d = 0] = state;
  for (let step = 0; step < 64; step++) {
    const round = step >> 4;
    const mixed = round === 0 ? (b & c) | (~b & d) : round === 1 ? (b & d) | (c & ~d) : round === 2 ? b ^ c ^ d : c ^ (b | ~d);
    const place = round === 0 ? step : round === 1 ? (5 * step + 1) & 15 : round === 2 ? (3 * step + 5) & 15 : (7 * step) & 15;
    const sum = (a + mixed + (words[from + place] ?? 0) + (SINES[step] ?? 0)) | 0;
    const shift = SHIFTS[round * 4 + (step & 3)] ?? 0;
    [a, d, c, b] = [d, c, b, (b + ((sum << shift) | (sum >>> (32 - shift)))) | 0];
  }
  [a, b, c, d].forEach((word, at) => { state[at] = (state[at] ?? 0) + word; });
}

const SINES = Int32Array.from({ length: 64 }, (_, step) => Math.floor(Math.abs(Math.sin(step + 1)) * 2 ** 32) | 0);
const SHIFTS = [7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21];
