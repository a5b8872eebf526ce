import { createCipheriv, createDecipheriv } from 'node:crypto';
import { TowlineError } from '../../errors.ts';
import type { Source } from '../../storage/source.ts';
import { FORMAT_BYTES } from './header.ts';

/** How a state is sealed: in chunks, each by itself, so that a range can be read; the last one is marked, so that none can be cut off. */
export interface Seal { readonly key: Buffer; readonly header: Buffer; readonly chunkBytes: number }

const TAG = 16;
const NAME = 'aes-256-gcm';

/** The encrypted form of a state of known size; the same bytes whenever it is opened. */
export function sealed(plain: Source & { readonly size: number }, seal: Seal): Source & { readonly size: number } {
  const { header, chunkBytes } = seal;
  const chunks = Math.max(1, Math.ceil(plain.size / chunkBytes));
  const size = FORMAT_BYTES + plain.size + chunks * TAG;
  const stride = chunkBytes + TAG;
  return {
    size,
    async *open({ start = 0, end = size, ...call } = {}) {
      if (start < FORMAT_BYTES && end > start) yield header.subarray(start, Math.min(end, FORMAT_BYTES));
      const [from, to] = [Math.max(0, start - FORMAT_BYTES), Math.min(end, size) - FORMAT_BYTES];
      if (to <= from) return;
      const [first, behind] = [Math.floor(from / stride), Math.ceil(to / stride)];
      let index = first;
      for await (const block of blocks(plain.open({ ...call, start: first * chunkBytes, end: Math.min(plain.size, behind * chunkBytes) }), chunkBytes)) {
        const cipher = createCipheriv(NAME, seal.key, nonceOf(index, index === chunks - 1)).setAAD(header);
        yield* within(Buffer.concat([cipher.update(block), cipher.final(), cipher.getAuthTag()]), index * stride, { from, to });
        index += 1;
      }
    },
  };
}

/** What was sealed. CORRUPT before a byte of a chunk that is not what was written. */
export function unsealed(cipher: Source & { readonly size: number }, { seal, where }: { readonly seal: Seal; readonly where: string }): Source & { readonly size: number } {
  const { header, chunkBytes } = seal;
  const stride = chunkBytes + TAG;
  const body = cipher.size - FORMAT_BYTES;
  const chunks = Math.max(1, Math.ceil(body / stride));
  const size = body - chunks * TAG;
  if (size < 0) throw damaged(where);
  return {
    size,
    async *open({ start = 0, end = size, ...call } = {}) {
      const to = Math.min(end, size);
      // An empty state has a chunk, too: it is looked at as well.
      if (to < start || (to === start && size > 0)) return;
      const [first, behind] = [Math.floor(start / chunkBytes), Math.max(1, Math.ceil(to / chunkBytes))];
      let index = first;
      for await (const block of blocks(cipher.open({ ...call, start: FORMAT_BYTES + first * stride, end: Math.min(cipher.size, FORMAT_BYTES + behind * stride) }), stride)) {
        yield* within(opened(block, { seal: { key: seal.key, header, chunkBytes }, nonce: nonceOf(index, index === chunks - 1), where }), index * chunkBytes, { from: start, to });
        index += 1;
      }
      if (index < behind) throw damaged(where);
    },
  };
}

function opened(block: Buffer, { seal, nonce, where }: { readonly seal: Seal; readonly nonce: Buffer; readonly where: string }): Buffer {
  if (block.length < TAG) throw damaged(where);
  const decipher = createDecipheriv(NAME, seal.key, nonce).setAAD(seal.header).setAuthTag(block.subarray(block.length - TAG));
  try {
    return Buffer.concat([decipher.update(block.subarray(0, block.length - TAG)), decipher.final()]);
  } catch (cause) {
    throw damaged(where, cause);
  }
}

/** Eleven bytes that count, and one that marks the last chunk. */
function nonceOf(index: number, isLast: boolean): Buffer {
  const nonce = Buffer.alloc(12);
  nonce.writeUIntBE(index, 5, 6);
  nonce[11] = isLast ? 1 : 0;
  return nonce;
}

function* within(bytes: Buffer, at: number, { from, to }: { readonly from: number; readonly to: number }): Generator<Uint8Array> {
  const part = bytes.subarray(Math.max(0, from - at), Math.max(0, to - at));
  if (part.length > 0) yield part;
}

/** The same bytes in blocks of `size`, the last one shorter; one empty block where there are none. */
async function* blocks(chunks: AsyncIterable<Uint8Array>, size: number): AsyncGenerator<Buffer> {
  let block = Buffer.allocUnsafe(size);
  let [filled, hasGiven] = [0, false];
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.byteLength; ) {
      if (filled === size) {
        yield block;
        [block, filled, hasGiven] = [Buffer.allocUnsafe(size), 0, true];
      }
      const part = chunk.subarray(at, at + size - filled);
      block.set(part, filled);
      filled += part.byteLength;
      at += part.byteLength;
    }
  }
  if (filled > 0 || !hasGiven) yield block.subarray(0, filled);
}

const damaged = (where: string, cause?: unknown): TowlineError => new TowlineError('CORRUPT', `${where} is not what was encrypted: it was damaged or changed`, { cause, hint: 'Load another version.' });
