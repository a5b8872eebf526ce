import { hasCode } from '../../errors.ts';
import { digestOf } from '../../oci/digest.ts';
import { EMPTY_CONFIG, IMAGE_MANIFEST } from '../../oci/media-types.ts';
import { FORMAT, FORMAT_TAG, INDEX, segmentTag, type SegmentManifest, writeSegmentManifest } from '../../oci/segments/manifest.ts';
import { type IndexRecord, readSegmentIndex, writeSegmentIndex } from '../../oci/segments/segment-index.ts';
import type { Descriptor } from '../../storage/artifacts.ts';
import type { CallOptions } from '../../storage/call.ts';
import { fromBytes, type Source } from '../../storage/source.ts';
import { isTreeOid, type Oid } from '../hash-info.ts';
import { createPackWriter } from './pack-writer.ts';
import type { SegmentPlace } from './segment-place.ts';
import type { Taken } from './take-in.ts';

/** Until its manifest is there nobody names what a segment holds, and registries sweep what nobody names: so it does not grow for ever. */
const LARGEST = 8 * 2 ** 30;
const LONGEST_MS = 10 * 60_000;

export interface Stored { readonly oid: Oid; readonly size: number }
/** An object on its way into a segment, and the file its bytes can be had from once more; what is in memory only is not held there until the segment is full. */
interface Held extends Stored { readonly file: Source | undefined }

/** A segment that is being filled. */
export interface OpenSegment {
  /** False where another has to be begun for it. */
  fits(taken: Exclude<Taken, { readonly kind: 'failed' }>): boolean;
  add(taken: Exclude<Taken, { readonly kind: 'failed' }>, options: CallOptions): Promise<void>;
  /** Makes it visible, where there is anything in it; says what it holds. */
  publish(options: CallOptions): Promise<readonly Stored[]>;
}

/** @param createdAt when the youngest of its objects was stored first; default: when it is published. */
export function createOpenSegment(place: SegmentPlace, createdAt?: number): OpenSegment {
  const { layers: most = 400, packBytes = 64 * 1024 * 1024 } = place.packing;
  const packs = createPackWriter(place.artifacts, packBytes);
  const layers: Descriptor[] = [];
  const records: IndexRecord[] = [];
  const sources: (Source | undefined)[] = [];
  let inPack: Held[] = [];
  let size = 0;
  let begunAt: number | undefined;
  const take = (objects: readonly Held[], layer: Descriptor): void => {
    let offset = 0;
    for (const { oid, size: length } of objects) {
      records.push({ md5: oid.slice(0, 32), layer: layers.length, offset, length, isDirectory: isTreeOid(oid) });
      offset += length;
    }
    layers.push(layer);
    sources.push(joined(objects, layer.size));
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
        take([{ oid: taken.oid, size: taken.layer.size, file: fileOf(taken.source) }], taken.layer);
        return;
      }
      const { bytes, oid } = taken;
      if (packs.isFullFor(bytes.byteLength)) await closePack(options);
      packs.add(bytes);
      inPack.push({ oid, size: bytes.byteLength, file: fileOf(taken.source) });
      size += bytes.byteLength;
    },
    async publish(options) {
      await closePack(options);
      await packs.settle();
      const stored = records.map(({ md5, isDirectory, length }): Stored => ({ oid: (isDirectory ? `${md5}.dir` : md5) as Oid, size: length }));
      const content: SegmentContent = { layers: [...layers], records: [...records], createdAt };
      if (stored.length > 0) await publishSegment(place, content, options).catch(async (error: unknown) => {
        if (!hasCode(error, 'PRECONDITION_FAILED')) throw error;
        await sendMissing(place, { layers, sources }, options);
        await publishSegment(place, content, options);
      });
      layers.length = 0;
      sources.length = 0;
      records.length = 0;
      [size, begunAt] = [0, undefined];
      return stored;
    },
  };
}

/** A registry that swept what nobody named yet, while a long push was on its way, gets it once more. */
async function sendMissing({ artifacts }: SegmentPlace, { layers, sources }: { readonly layers: readonly Descriptor[]; readonly sources: readonly (Source | undefined)[] }, options: CallOptions): Promise<void> {
  for (const [at, layer] of layers.entries()) {
    const source = sources[at];
    if (source && !(await artifacts.exists(layer, options))) await artifacts.push(layer, source, options);
  }
}

const fileOf = (source: Source): Source | undefined => (source.origin?.kind === 'file' ? source : undefined);

/** The bytes of a layer out of the objects in it, verified by its digest when it is sent. */
function joined(objects: readonly Held[], size: number): Source | undefined {
  const files = objects.flatMap(({ file }) => file ?? []);
  if (files.length < objects.length) return undefined;
  return {
    size,
    async *open(options) {
      const parts = async function* (): AsyncGenerator<Uint8Array> {
        for (const file of files) yield* file.open(options?.signal && { signal: options.signal });
        // The one byte of a pack that has empty objects only.
        if (objects.every((object) => object.size === 0)) yield new Uint8Array(size);
      };
      let at = 0;
      const { start = 0, end = size } = options ?? {};
      for await (const chunk of parts()) {
        const part = chunk.subarray(Math.max(0, start - at), Math.max(0, end - at));
        at += chunk.byteLength;
        if (part.byteLength > 0) yield part;
      }
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
