import { createHash } from 'node:crypto';
import { readFile } from '../../disk/read.ts';
import { hasCode, TowlineError } from '../../errors.ts';
import { OBJECT } from '../../oci/segments/manifest.ts';
import type { Descriptor } from '../../storage/artifacts.ts';
import { type CallOptions, throwIfAborted } from '../../storage/call.ts';
import { pushArtifact } from '../../storage/transfer/push-artifact.ts';
import { corrupt, createDigest, requireDigest } from '../../storage/verified.ts';
import type { StoredObject } from '../object-db.ts';
import type { SegmentPlace } from './segment-place.ts';

/** What has become of an object that is to be stored: its bytes are at hand, verified; it is in the registry by itself; or neither. */
export type Taken = Pick<StoredObject, 'oid' | 'source'> & (
  | { readonly kind: 'small'; readonly bytes: Uint8Array }
  | { readonly kind: 'large'; readonly layer: Descriptor }
  | { readonly kind: 'failed'; readonly error: Error });

/** Up to here a file is read by one call to the system: no piece of it is there twice. */
const ONE_CALL = 8 * 1024 * 1024;

/** Reads an object, verified. A large one is read twice: what it is called in the registry has to be known before it is sent. */
export async function takeIn(place: SegmentPlace, object: StoredObject, options: CallOptions): Promise<Taken> {
  const { oid, source } = object;
  throwIfAborted(options.signal);
  try {
    const bytes = fileBytes(object, place);
    if (bytes) return { oid, source, kind: 'small', bytes };
    const read = await readOnce(object, place, options);
    if (read.bytes) return { oid, source, kind: 'small', bytes: read.bytes };
    const layer: Descriptor = { mediaType: OBJECT, digest: `sha256:${read.sha256}`, size: read.size };
    await pushArtifact(place.artifacts, { target: layer, source: { ...source, size: read.size }, journal: place.journal }, options);
    return { oid, source, kind: 'large', layer };
  } catch (error) {
    if (hasCode(error, 'ABORTED') || !(error instanceof Error)) throw error;
    return { oid, source, kind: 'failed', error };
  }
}

/** From so many bytes on an object is a layer by itself. */
export const largeFrom = ({ packing: { smallBytes = 4 * 1024 * 1024, packBytes = 64 * 1024 * 1024 } }: SegmentPlace): number => Math.min(smallBytes, packBytes + 1);

function fileBytes({ oid, source: { origin, size } }: StoredObject, place: SegmentPlace): Uint8Array | undefined {
  if (origin?.kind !== 'file' || size === undefined || size > ONE_CALL || size >= largeFrom(place)) return undefined;
  const bytes = readFile(origin.path);
  if (bytes === undefined) throw new TowlineError('NOT_FOUND', `'${origin.path}' is not there any more`);
  if (bytes.byteLength !== size) throw wrongSize(oid, bytes.byteLength, size);
  requireDigest(bytes, { name: place.name, value: oid.slice(0, 32) });
  return bytes;
}

type Read = { readonly bytes: Uint8Array } | { readonly bytes?: never; readonly size: number; readonly sha256: string };

/** All of it, hashed; kept in memory as long as it may be a small one. */
async function readOnce({ oid, source }: StoredObject, place: SegmentPlace, options: CallOptions): Promise<Read> {
  const expected = { name: place.name, value: oid.slice(0, 32) };
  const digest = createDigest(place.name);
  const sha256 = createHash('sha256');
  const from = largeFrom(place);
  let kept: Uint8Array[] | undefined = (source.size ?? 0) < from ? [] : undefined;
  let size = 0;
  for await (const chunk of source.open(options)) {
    size += chunk.byteLength;
    digest.update(chunk);
    sha256.update(chunk);
    if (size >= from) kept = undefined;
    kept?.push(Buffer.from(chunk));
  }
  if (source.size !== undefined && size !== source.size) throw wrongSize(oid, size, source.size);
  const found = digest.digest();
  if (found !== expected.value) throw corrupt(expected, `they have ${expected.name} ${found}`);
  return kept ? { bytes: Buffer.concat(kept, size) } : { size, sha256: sha256.digest('hex') };
}

const wrongSize = (oid: string, found: number, size: number): TowlineError => new TowlineError('CORRUPT', `the source of ${oid} has ${found} bytes instead of ${size}`);
