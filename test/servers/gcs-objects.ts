import { createHash } from 'node:crypto';

/** One generation of an object. */
export interface StoredObject {
  readonly name: string;
  readonly generation: string;
  readonly bytes: Buffer;
  readonly contentType: string;
  readonly contentEncoding?: string | undefined;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  /** Composed objects have no MD5. */
  readonly isComposed: boolean;
  readonly updated: string;
  deletedAt?: string;
}
export interface GcsBucket {
  readonly name: string;
  isVersioned: boolean;
  readersPay: boolean;
  isPublic: boolean;
  /** Generations by name, oldest first. */
  readonly objects: Map<string, StoredObject[]>;
}
/** What an upload says of its object. */
export interface Described {
  readonly name: string;
  readonly contentType?: string | undefined;
  readonly contentEncoding?: string | undefined;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  readonly md5Hash?: string | undefined;
  readonly crc32c?: string | undefined;
  readonly isComposed?: boolean;
}
/** An answer that is no success. */
export class GcsRefusal extends Error {
  readonly status: number;
  readonly reason: string;
  constructor(status: number, reason: string, message: string) {
    super(message);
    this.status = status;
    this.reason = reason;
  }
}

let last = 0n;
/** Microseconds since 1970, as at Google's, and never the same twice. */
function nextGeneration(): string {
  const now = BigInt(Date.now()) * 1000n;
  last = now > last ? now : last + 1n;
  return String(last);
}

export const liveOf = (bucket: GcsBucket, name: string): StoredObject | undefined => bucket.objects.get(name)?.findLast((object) => object.deletedAt === undefined);

export function findObject(bucket: GcsBucket, name: string, generation: string | null): StoredObject {
  const found = generation === null ? liveOf(bucket, name) : bucket.objects.get(name)?.find((object) => object.generation === generation);
  if (!found) throw new GcsRefusal(404, 'notFound', `No such object: ${bucket.name}/${name}`);
  return found;
}

/** Throws 412 unless the live generation is the one that is wanted; '0': none at all. */
export function requireGenerationMatch(bucket: GcsBucket, name: string, wanted: string | null): void {
  if (wanted === null || (liveOf(bucket, name)?.generation ?? '0') === wanted) return;
  throw new GcsRefusal(412, 'conditionNotMet', 'At least one of the pre-conditions you specified did not hold.');
}

/** Makes a new live generation, if the bytes have the hashes they should have. */
export function insertObject(bucket: GcsBucket, described: Described, { bytes, ifGenerationMatch }: { readonly bytes: Buffer; readonly ifGenerationMatch: string | null }): StoredObject {
  requireHash('MD5', described.md5Hash, md5Of(bytes));
  requireHash('CRC32C', described.crc32c, crc32cOf(bytes));
  requireGenerationMatch(bucket, described.name, ifGenerationMatch);
  const { name, contentType = 'application/octet-stream', contentEncoding, metadata, isComposed = false } = described;
  const object: StoredObject = { name, contentType, contentEncoding, metadata, isComposed, bytes, generation: nextGeneration(), updated: new Date().toISOString() };
  retire(bucket, name);
  bucket.objects.set(name, [...(bucket.objects.get(name) ?? []), object]);
  return object;
}

function requireHash(name: string, wanted: string | undefined, found: string): void {
  if (wanted !== undefined && wanted !== found) throw new GcsRefusal(400, 'invalid', `Provided ${name} hash "${wanted}" doesn't match calculated ${name} hash "${found}".`);
}

/** What was live is kept as an old generation, or gone. */
function retire(bucket: GcsBucket, name: string): void {
  const object = liveOf(bucket, name);
  if (object && bucket.isVersioned) object.deletedAt = new Date().toISOString();
  else if (object) drop(bucket, object);
}

export function deleteObject(bucket: GcsBucket, name: string, generation: string | null): void {
  const object = findObject(bucket, name, generation);
  if (generation === null) retire(bucket, name);
  else drop(bucket, object);
}

function drop(bucket: GcsBucket, object: StoredObject): void {
  const rest = (bucket.objects.get(object.name) ?? []).filter((one) => one !== object);
  if (rest.length > 0) bucket.objects.set(object.name, rest);
  else bucket.objects.delete(object.name);
}

/** The object as the JSON API describes it. */
export function describeObject(bucket: GcsBucket, object: StoredObject, url: string): Readonly<Record<string, unknown>> {
  const { name, bytes, generation, updated, contentType, contentEncoding, metadata, isComposed, deletedAt } = object;
  const self = `${url}/storage/v1/b/${bucket.name}/o/${encodeURIComponent(name)}`;
  return {
    kind: 'storage#object', id: `${bucket.name}/${name}/${generation}`, selfLink: self, mediaLink: `${self}?alt=media&generation=${generation}`, name, bucket: bucket.name, generation, metageneration: '1',
    contentType, contentEncoding, metadata, storageClass: 'STANDARD', size: String(bytes.byteLength), ...(isComposed ? { componentCount: 2 } : { md5Hash: md5Of(bytes) }), crc32c: crc32cOf(bytes),
    etag: etagOf(object), timeCreated: updated, updated, timeDeleted: deletedAt,
  };
}

/** At Google's an ETag is the base64 of a message of generation (field 1) and metageneration (field 2). */
export function etagOf({ generation }: StoredObject): string {
  const digits: number[] = [];
  for (let rest = BigInt(generation); ; rest >>= 7n) {
    digits.push(Number(rest & 127n) | (rest > 127n ? 128 : 0));
    if (rest <= 127n) break;
  }
  return Buffer.from([8, ...digits, 16, 1]).toString('base64');
}

export const md5Of = (bytes: Uint8Array): string => createHash('md5').update(bytes).digest('base64');

const TABLE = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0x82f63b78 : value >>> 1;
  return value >>> 0;
});
const known = new WeakMap<Uint8Array, string>();

/** The CRC of Castagnoli, base64 of the big-endian number. */
export function crc32cOf(bytes: Uint8Array): string {
  const found = known.get(bytes);
  if (found !== undefined) return found;
  let value = 0xffffffff;
  for (let index = 0; index < bytes.length; index++) value = (TABLE[(value ^ (bytes[index] ?? 0)) & 255] ?? 0) ^ (value >>> 8);
  const result = Buffer.alloc(4);
  result.writeUInt32BE((value ^ 0xffffffff) >>> 0);
  known.set(bytes, result.toString('base64'));
  return result.toString('base64');
}
