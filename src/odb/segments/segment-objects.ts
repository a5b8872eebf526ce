import type { ArtifactStore } from '../../storage/artifacts.ts';
import type { Packing } from '../../storage/definition.ts';
import type { Journal } from '../../storage/transfer/journal.ts';
import type { HashName } from '../hash-info.ts';
import type { ListObjectsOptions, ObjectDb } from '../object-db.ts';
import { createOidSetBuilder, type OidSet } from '../oid-set.ts';
import type { MemorySettings } from '../whole-memory.ts';
import { createCatalog } from './catalog.ts';
import { deleteObjects } from './delete-objects.ts';
import { readObjects } from './read-objects.ts';
import { findIn, oidOf, type Segment } from './segment.ts';
import type { SegmentPlace } from './segment-place.ts';
import { tidySegments } from './tidy-segments.ts';
import { type Relied, writeObjects } from './write-objects.ts';

export interface SegmentOptions { readonly name: HashName; readonly packing: Packing; readonly memory: MemorySettings; readonly journal?: Journal | undefined }

/** The kind for registries: objects in segments that are only ever added (docs/formats/oci-segments.md). */
export function createSegmentObjects(artifacts: ArtifactStore, { name, packing, memory, journal }: SegmentOptions): ObjectDb {
  const catalog = createCatalog(artifacts, name, memory);
  const place: SegmentPlace = { artifacts, packing, name, memory, catalog, journal };
  const relied: Relied = { tags: new Set(), objects: [] };
  return {
    displayUrl: artifacts.displayUrl,
    hashName: name,
    async present(wanted, options) {
      if (wanted.count === 0) return wanted;
      return presentIn(await catalog.refresh(options), wanted, relied);
    },
    read: (wanted, options) => readObjects(place, wanted, options),
    write: (objects, options) => writeObjects(place, objects, { ...options, relied }),
    list: (options) => listSegments(place, options),
    delete: (oids, options) => deleteObjects(place, oids, options),
    tidy: (options) => tidySegments(place, options),
  };
}

function presentIn(segments: readonly Segment[], wanted: OidSet, relied: Relied): OidSet {
  const part = wanted.part();
  let at = 0;
  for (const oid of wanted.oids()) {
    const size = wanted.sizeAt(at);
    for (const segment of segments) {
      const record = findIn(segment, oid, size);
      if (record === undefined) continue;
      part.mark(at, record.length);
      relied.tags.add(segment.tag);
      break;
    }
    at++;
  }
  const found = part.build();
  relied.objects.push(found);
  return found;
}

/** An object is as young as the youngest segment that has it; one that does not say its age is young. */
async function* listSegments({ catalog, memory }: SegmentPlace, { atRestFor = 0, ...options }: ListObjectsOptions = {}): AsyncGenerator<OidSet> {
  const latest = memory.now() - atRestFor;
  const segments = await catalog.refresh(options);
  const isAtRest = ({ manifest: { createdAt } }: Segment): boolean => atRestFor <= 0 || (createdAt ?? Infinity) <= latest;
  const young = oidsIn(segments.filter((segment) => !isAtRest(segment)));
  for (const segment of segments) if (isAtRest(segment)) yield oidsIn([segment]).minus(young);
}

function oidsIn(segments: readonly Segment[]): OidSet {
  const builder = createOidSetBuilder(Math.max(1, segments.reduce((sum, { index }) => sum + index.size, 0)));
  for (const { index } of segments) for (const record of index.records()) builder.add(oidOf(record), record.length);
  return builder.build();
}
