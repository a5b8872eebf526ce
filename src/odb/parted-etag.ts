import { createHash } from 'node:crypto';
import { type CallOptions, throwIfAborted } from '../storage/call.ts';
import type { Source } from '../storage/source.ts';
import type { Oid } from './hash-info.ts';

const MIB = 1 << 20;
/** Part sizes that programs have when nobody sets one: 8 MiB of the AWS command line and SDKs, 50 of s3fs and so of DVC, 5, 10 and 16 of others. */
const USUAL = [5, 8, 10, 15, 16, 20, 25, 32, 50, 64, 100, 128, 256, 512].map((count) => count * MIB);
/** Each is one reading of the object from the disk, which is less than one upload of it. */
const MOST_READINGS = 3;

/** How many parts an object was uploaded in, where its ETag is the MD5 of the MD5s of its parts, as S3 and what is like it make it; undefined for any other. */
function partsOf(etag: string | undefined): number | undefined {
  const [, count] = /^[0-9a-f]{32}-([1-9]\d{0,4})$/.exec(etag ?? '') ?? [];
  return count === undefined ? undefined : Number(count);
}

/** The part sizes that may have made `count` parts of `size` bytes. */
function partSizesFor(size: number, count: number): readonly number[] {
  const smallest = Math.ceil(size / count / MIB) * MIB;
  return [...new Set([...USUAL, smallest])].filter((partSize) => Math.ceil(size / partSize) === count).slice(0, MOST_READINGS);
}

/**
 * True when an ETag is that of these bytes in parts, and they have the MD5 they should have: such an ETag is no accident. The part size is guessed; a wrong guess says
 * false, and then the object is sent once more than needed.
 */
export async function isEtagInParts(etag: string | undefined, source: Source & { readonly size: number }, { oid, ...call }: CallOptions & { readonly oid: Oid }): Promise<boolean> {
  const count = partsOf(etag);
  if (count === undefined) return false;
  for (const partSize of partSizesFor(source.size, count)) {
    const found = await hashInParts(source, partSize, call);
    if (found.whole !== oid) return false;
    if (found.etag === etag) return true;
  }
  return false;
}

async function hashInParts(source: Source, partSize: number, { signal }: CallOptions): Promise<{ readonly whole: string; readonly etag: string }> {
  const whole = createHash('md5');
  const digests: Buffer[] = [];
  let [part, filled] = [createHash('md5'), 0];
  const finish = (): void => {
    digests.push(part.digest());
    [part, filled] = [createHash('md5'), 0];
  };
  for await (const chunk of source.open(signal && { signal })) {
    throwIfAborted(signal);
    whole.update(chunk);
    for (let at = 0; at < chunk.byteLength; ) {
      const piece = chunk.subarray(at, at + partSize - filled);
      part.update(piece);
      at += piece.byteLength;
      filled += piece.byteLength;
      if (filled === partSize) finish();
    }
  }
  if (filled > 0) finish();
  return { whole: whole.digest('hex'), etag: `${createHash('md5').update(Buffer.concat(digests)).digest('hex')}-${digests.length}` };
}
