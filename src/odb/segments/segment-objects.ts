import type { ArtifactStore } from '../../storage/artifacts.ts';
import type { Packing } from '../../storage/definition.ts';
import type { HashName } from '../hash-info.ts';
import type { ObjectDb } from '../object-db.ts';
import { createOidSetBuilder, type OidSet } from '../oid-set.ts';
import type { MemorySettings } from '../whole-memory.ts';
import { createCatalog } from './catalog.ts';
import { deleteObjects } from './delete-objects.ts';
import { readObjects } from './read-objects.ts';
import { findIn, oidOf, type Segment } from './segment.ts';
import type { SegmentPlace } from './segment-place.ts';
import { writeObjects } from './write-objects.ts';

export interface SegmentOptions { readonly name: HashName; readonly packing: Packing; readonly memory: MemorySettings }

/** The kind for registries: objects in segments that are only ever added (docs/formats/oci-segments.md). */
export function createSegmentObjects(artifacts: ArtifactStore, { name, packing, memory }: SegmentOptions): ObjectDb {
  const catalog = createCatalog(artifacts, name, memory);
  const place: SegmentPlace = { artifacts, packing, name, memory, catalog };
  /** Segments on which it was said that something is there already. */
  const relied = new Set<string>();
  return {
    displayUrl: artifacts.displayUrl,
    hashName: name,
    async present(wanted, options) {
      if (wanted.count === 0) return wanted;
      return presentIn(await catalog.refresh(options), wanted, relied);
    },
    read: (wanted, options) => readObjects(place, wanted, options),
    write: (objects, options) => writeObjects(place, objects, { ...options, relied }),
    async *list(options) {
      for (const { index } of await catalog.refresh(options)) {
        const builder = createOidSetBuilder(index.size);
        for (const record of index.records()) builder.add(oidOf(record), record.length);
        yield builder.build();
      }
    },
    delete: (oids, options) => deleteObjects(place, oids, options),
  };
}

function presentIn(segments: readonly Segment[], wanted: OidSet, relied: Set<string>): OidSet {
  const part = wanted.part();
  let at = 0;
  for (const oid of wanted.oids()) {
    const size = wanted.sizeAt(at);
    for (const segment of segments) {
      const record = findIn(segment, oid, size);
      if (record === undefined) continue;
      part.mark(at, record.length);
      relied.add(segment.tag);
      break;
    }
    at++;
  }
  return part.build();
}
