import { digestOf } from '../../oci/digest.ts';
import { EMPTY_CONFIG, IMAGE_MANIFEST } from '../../oci/media-types.ts';
import { FORMAT, FORMAT_TAG, INDEX, segmentTag, type SegmentManifest, writeSegmentManifest } from '../../oci/segments/manifest.ts';
import { type IndexRecord, readSegmentIndex, writeSegmentIndex } from '../../oci/segments/segment-index.ts';
import type { Descriptor } from '../../storage/artifacts.ts';
import type { CallOptions } from '../../storage/call.ts';
import { fromBytes } from '../../storage/source.ts';
import { isTreeOid, type Oid } from '../hash-info.ts';
import { createPackWriter } from './pack-writer.ts';
import type { SegmentPlace } from './segment-place.ts';
import type { Taken } from './take-in.ts';

/** Until its manifest is there nobody names what a segment holds, and registries sweep what nobody names: so it does not grow for ever. */
const LARGEST = 8 * 2 ** 30;
const LONGEST_MS = 10 * 60_000;

export interface Stored { readonly oid: Oid; readonly size: number }

/** A segment that is being filled. */
export interface OpenSegment {
  /** False where another has to be begun for it. */
  fits(taken: Exclude<Taken, { readonly kind: 'failed' }>): boolean;
  add(taken: Exclude<Taken, { readonly kind: 'failed' }>, options: CallOptions): Promise<void>;
  /** Makes it visible, where there is anything in it; says what it holds. */
  publish(options: CallOptions): Promise<readonly Stored[]>;
}

export function createOpenSegment(place: SegmentPlace): OpenSegment {
  const { layers: most = 400, packBytes = 64 * 1024 * 1024 } = place.packing;
  const packs = createPackWriter(place.artifacts, packBytes);
  const layers: Descriptor[] = [];
  const records: IndexRecord[] = [];
  let inPack: Stored[] = [];
  let size = 0;
  let begunAt: number | undefined;
  const take = (objects: readonly Stored[], layer: Descriptor): void => {
    let offset = 0;
    for (const { oid, size: length } of objects) {
      records.push({ md5: oid.slice(0, 32), layer: layers.length, offset, length, isDirectory: isTreeOid(oid) });
      offset += length;
    }
    layers.push(layer);
  };
  const closePack = async (options: CallOptions): Promise<void> => {
    if (inPack.length === 0) return;
    const objects = inPack;
    inPack = [];
    take(objects, await packs.close(options));
  };
  return {
    fits(taken) {
      const more = taken.kind === 'large' ? taken.layer.size : taken.bytes.byteLength;
      const needed = layers.length + (inPack.length > 0 ? 1 : 0) + (taken.kind === 'large' || (inPack.length > 0 && packs.isFullFor(more)) || inPack.length === 0 ? 1 : 0);
      const isYoung = begunAt === undefined || place.memory.now() - begunAt < LONGEST_MS;
      return begunAt === undefined || (needed <= most && size + more <= LARGEST && isYoung);
    },
    async add(taken, options) {
      begunAt ??= place.memory.now();
      if (taken.kind === 'large') {
        size += taken.layer.size;
        take([{ oid: taken.oid, size: taken.layer.size }], taken.layer);
        return;
      }
      const { bytes, oid } = taken;
      if (packs.isFullFor(bytes.byteLength)) await closePack(options);
      packs.add(bytes);
      inPack.push({ oid, size: bytes.byteLength });
      size += bytes.byteLength;
    },
    async publish(options) {
      await closePack(options);
      await packs.settle();
      const stored = records.map(({ md5, isDirectory, length }): Stored => ({ oid: (isDirectory ? `${md5}.dir` : md5) as Oid, size: length }));
      if (stored.length > 0) await publishSegment(place, { layers: [...layers], records: [...records] }, options);
      layers.length = 0;
      records.length = 0;
      [size, begunAt] = [0, undefined];
      return stored;
    },
  };
}

export interface SegmentContent {
  readonly layers: readonly Descriptor[];
  readonly records: readonly IndexRecord[];
  /** Default: now. */
  readonly createdAt?: number | undefined;
}

/** Writes index and manifest over layers that are there. */
export async function publishSegment(place: SegmentPlace, { layers, records, createdAt }: SegmentContent, options: CallOptions): Promise<void> {
  const { artifacts, catalog, memory, name } = place;
  await markFormat(place, options);
  const index = writeSegmentIndex(records);
  const read = readSegmentIndex(index, 'an index of our own');
  const manifest: SegmentManifest = { index: { mediaType: INDEX, digest: digestOf(index), size: index.byteLength }, hash: name, layers, createdAt: createdAt ?? memory.now() };
  await artifacts.push(manifest.index, fromBytes(index), options);
  const bytes = writeSegmentManifest(manifest, read.size);
  const target: Descriptor = { mediaType: IMAGE_MANIFEST, digest: digestOf(bytes), size: bytes.byteLength };
  const tag = segmentTag(bytes);
  await artifacts.push(target, fromBytes(bytes), { ...options, tag });
  catalog.add({ tag, target, manifest, index: read }, { manifest: bytes, index });
}

/** The mark of the format stands before the first segment, so that a reader of another version is warned by it. Two who write it write the same. */
async function markFormat({ artifacts, catalog }: SegmentPlace, options: CallOptions): Promise<void> {
  await catalog.known(options);
  if (catalog.isMarked()) return;
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: IMAGE_MANIFEST, artifactType: FORMAT, config: EMPTY_CONFIG, layers: [EMPTY_CONFIG] }));
  await artifacts.push(EMPTY_CONFIG, fromBytes(Buffer.from('{}')), options);
  await artifacts.push({ mediaType: IMAGE_MANIFEST, digest: digestOf(bytes), size: bytes.byteLength }, fromBytes(bytes), { ...options, tag: FORMAT_TAG });
}
