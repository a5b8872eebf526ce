import { TowlineError } from '../../errors.ts';
import type { IndexRecord } from '../../oci/segments/segment-index.ts';
import { PACK } from '../../oci/segments/manifest.ts';
import type { Descriptor } from '../../storage/artifacts.ts';
import type { CallOptions } from '../../storage/call.ts';
import type { Tidied } from '../object-db.ts';
import { oidSet } from '../oid-set.ts';
import { publishSegment } from './open-segment.ts';
import { readObjects } from './read-objects.ts';
import { requireDeletion } from './require-deletion.ts';
import { oidOf, type Segment } from './segment.ts';
import type { SegmentPlace } from './segment-place.ts';
import { storeAll } from './store-all.ts';

/** So many segments are read without anybody noticing. */
const MANY = 64;
/** A pack of which less is wanted is written anew, so that the registry can free the rest. */
const LEAST_SHARE = 0.5;
const MOST_RECORDS = 4_000_000;

/**
 * Makes few segments of many, over the same layers, and packs anew what lies in packs that are mostly waste. Only segments that are at rest are touched.
 * What is new is there before the old goes; who relied on the old finds the same objects in the new.
 */
export async function tidySegments(place: SegmentPlace, { atRestFor = 0, ...options }: CallOptions & { readonly atRestFor?: number } = {}): Promise<Tidied> {
  const segments = await place.catalog.refresh(options);
  const latest = place.memory.now() - atRestFor;
  const resting = segments.filter(({ manifest: { createdAt } }) => atRestFor <= 0 || (createdAt ?? Infinity) <= latest);
  const groups = groupsOf(place, { resting, isCrowded: segments.length > MANY });
  if (groups.length === 0) return { before: segments.length, after: segments.length };
  await requireDeletion(place, options);
  for (const group of groups) await renew(place, group, options);
  return { before: segments.length, after: (await place.catalog.refresh(options)).length };
}

const mostLayers = ({ packing: { layers = 400 } }: SegmentPlace): number => layers;

/** Segments that become one. One alone is written anew only where that frees something. */
function groupsOf(place: SegmentPlace, { resting, isCrowded }: { readonly resting: readonly Segment[]; readonly isCrowded: boolean }): readonly (readonly Segment[])[] {
  const most = mostLayers(place);
  const chosen = resting.filter((segment) => sparsePacks(segment).size > 0 || (isCrowded && segment.manifest.layers.length <= most / 2));
  const groups: { readonly segments: Segment[]; readonly layers: Set<string>; records: number }[] = [];
  for (const segment of chosen.toSorted((one, other) => one.manifest.layers.length - other.manifest.layers.length)) {
    const last = groups.at(-1);
    const digests = segment.manifest.layers.map(({ digest }) => digest);
    if (last && isCrowded && new Set([...last.layers, ...digests]).size <= most && last.records + segment.index.size <= MOST_RECORDS) {
      last.segments.push(segment);
      for (const digest of digests) last.layers.add(digest);
      last.records += segment.index.size;
    } else groups.push({ segments: [segment], layers: new Set(digests), records: segment.index.size });
  }
  return groups.map(({ segments }) => segments).filter((group) => group.length > 1 || group.some((segment) => sparsePacks(segment).size > 0));
}

/** The numbers of the packs that hold more waste than objects. */
function sparsePacks({ index, manifest: { layers } }: Segment): ReadonlySet<number> {
  const live = new Float64Array(layers.length);
  for (const { layer, length } of index.records()) live[layer] = (live[layer] ?? 0) + length;
  // One byte is what a pack of empty objects has.
  return new Set(layers.flatMap(({ mediaType, size }, at) => (mediaType === PACK && size > 1 && (live[at] ?? 0) < size * LEAST_SHARE ? [at] : [])));
}

async function renew(place: SegmentPlace, group: readonly Segment[], options: CallOptions): Promise<void> {
  const moved: IndexRecord[] = [];
  const layers: Descriptor[] = [];
  const numbers = new Map<string, number>();
  const records = new Map<string, IndexRecord>();
  const numberOf = (layer: Descriptor): number => {
    const known = numbers.get(layer.digest) ?? layers.push(layer) - 1;
    numbers.set(layer.digest, known);
    return known;
  };
  for (const segment of group) {
    const sparse = sparsePacks(segment);
    for (const record of segment.index.records()) {
      const descriptor = segment.manifest.layers[record.layer];
      if (sparse.has(record.layer) || descriptor === undefined) moved.push(record);
      else if (!records.has(oidOf(record))) records.set(oidOf(record), { ...record, layer: numberOf(descriptor) });
    }
  }
  const createdAt = Math.max(...group.map(({ manifest }) => manifest.createdAt ?? place.memory.now()));
  await move(place, moved.filter((record) => !records.has(oidOf(record))), { ...options, createdAt });
  if (records.size > 0) await publishSegment(place, { layers, records: [...records.values()], createdAt }, options);
  for (const { target } of group) await place.artifacts.delete(target, options);
}

/** Objects are read, verified and stored anew; if one cannot be, nothing is deleted. */
async function move(place: SegmentPlace, records: readonly IndexRecord[], { createdAt, ...options }: CallOptions & { readonly createdAt: number }): Promise<void> {
  if (records.length === 0) return;
  for await (const { oid, error } of storeAll(place, readObjects(place, oidSet(records.map(oidOf)), options), { ...options, createdAt })) {
    if (error) throw new TowlineError('CORRUPT', `${oid} of ${place.artifacts.displayUrl} cannot be packed anew: ${error.message}`, { cause: error, hint: 'Nothing was deleted. Push the object again from where it is whole.' });
  }
}
