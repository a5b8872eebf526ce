import { TowlineError } from '../../errors.ts';
import type { Descriptor } from '../../storage/artifacts.ts';
import { algorithmOf, digestOf } from '../digest.ts';
import { parseManifest } from '../manifests.ts';
import { IMAGE_MANIFEST } from '../media-types.ts';

export const SEGMENT = 'application/vnd.towline.segment.v1';
export const INDEX = 'application/vnd.towline.index.v1';
export const PACK = 'application/vnd.towline.pack.v1';
/** An object that is a layer by itself. */
export const OBJECT = 'application/octet-stream';
/** The mark of the format, written before the first segment. */
export const FORMAT = 'application/vnd.towline.format.v1';
export const FORMAT_TAG = 'fmt-1';

/** What the manifest of a segment says. */
export interface SegmentManifest {
  readonly index: Descriptor;
  /** By which hash its objects are named. */
  readonly hash: string;
  readonly layers: readonly Descriptor[];
  /** Milliseconds since 1970; undefined where it does not say so. */
  readonly createdAt?: number | undefined;
}

/** The tag of a segment: it follows from the bytes of the manifest, so no two segments ever want the same, and none ever moves. */
export const segmentTag = (manifest: Uint8Array): string => `seg-${digestOf(manifest).slice('sha256:'.length, 'sha256:'.length + 32)}`;

export const isSegmentTag = (tag: string): boolean => /^seg-[0-9a-f]{32}$/.test(tag);

/** Throws UNSUPPORTED where one of the tags says that another version of the format lies there. */
export function checkFormat(tags: Iterable<string>, where: string): void {
  for (const tag of tags) {
    if (/^fmt-\d+$/.test(tag) && tag !== FORMAT_TAG) throw new TowlineError('UNSUPPORTED', `${where} is of another version of the format (${tag})`, { hint: 'Use a newer version of Towline.' });
  }
}

/** The bytes of the manifest of a segment. */
export function writeSegmentManifest({ index, hash, layers, createdAt }: SegmentManifest, objects: number): Uint8Array {
  return Buffer.from(JSON.stringify({
    schemaVersion: 2, mediaType: IMAGE_MANIFEST, artifactType: SEGMENT,
    config: { ...bare(index), annotations: { objects: String(objects), hash } },
    layers: layers.map(bare),
    ...(createdAt !== undefined && { annotations: { 'org.opencontainers.image.created': new Date(createdAt).toISOString() } }),
  }));
}

/** Reads the manifest behind the tag of a segment. Undefined: it is the artifact of somebody else. */
export function readSegmentManifest(bytes: Uint8Array, where: string): SegmentManifest | undefined {
  const { artifactType, config, layers, annotations } = parseManifest(bytes, where) as { readonly [key: string]: unknown };
  if (artifactType !== SEGMENT && mediaTypeOf(config) !== INDEX) return undefined;
  const index = readDescriptor(config, where);
  if (index.mediaType !== INDEX) throw new TowlineError('UNSUPPORTED', `${where} has an index of another kind (${index.mediaType.slice(0, 100)})`, { hint: 'Use a newer version of Towline.' });
  if (!Array.isArray(layers)) throw broken(where);
  const createdAt = Date.parse(String((annotations as { readonly [key: string]: unknown } | undefined)?.['org.opencontainers.image.created']));
  return { index, hash: index.annotations?.['hash'] ?? 'md5', layers: layers.map((layer: unknown) => readDescriptor(layer, where)), createdAt: Number.isNaN(createdAt) ? undefined : createdAt };
}

const bare = ({ mediaType, digest, size }: Descriptor): Descriptor => ({ mediaType, digest, size });

function mediaTypeOf(value: unknown): unknown {
  return typeof value === 'object' && value !== null ? (value as { readonly mediaType?: unknown }).mediaType : undefined;
}

/** A descriptor out of a manifest that somebody else may have written. */
function readDescriptor(value: unknown, where: string): Descriptor {
  const { mediaType, digest, size, annotations } = (typeof value === 'object' && value !== null ? value : {}) as Partial<Descriptor>;
  if (typeof mediaType !== 'string' || typeof digest !== 'string' || typeof size !== 'number') throw broken(where);
  algorithmOf({ digest, size });
  const hash: unknown = annotations?.['hash'];
  return { mediaType, digest, size, ...(typeof hash === 'string' && { annotations: { hash } }) };
}

const broken = (where: string): TowlineError => new TowlineError('CORRUPT', `${where} is not the manifest of a segment`, { hint: 'Somebody else wrote it; delete its tag.' });
