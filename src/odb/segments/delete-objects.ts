import type { IndexRecord } from '../../oci/segments/segment-index.ts';
import type { CallOptions } from '../../storage/call.ts';
import { hasCode } from '../../errors.ts';
import type { StoreResult } from '../object-db.ts';
import type { OidSet } from '../oid-set.ts';
import { publishSegment, type SegmentContent } from './open-segment.ts';
import { requireDeletion } from './require-deletion.ts';
import { findIn, oidOf, type Segment } from './segment.ts';
import type { SegmentPlace } from './segment-place.ts';

/**
 * Takes objects away: a segment that has some of them is deleted, once what else it holds stands in a new one over the same layers. No byte moves;
 * packs of which nothing is named any more are swept by the registry itself.
 */
export async function* deleteObjects(place: SegmentPlace, oids: OidSet, options: CallOptions = {}): AsyncGenerator<StoreResult> {
  let failure: Error | undefined;
  let isAsked = false;
  for (const segment of await place.catalog.refresh(options)) {
    const records = [...segment.index.records()];
    const live = records.filter((record) => !oids.has(oidOf(record)));
    if (live.length === records.length) continue;
    try {
      if (!isAsked) await requireDeletion(place, options);
      isAsked = true;
      if (live.length > 0) await publishSegment(place, withoutDead(segment, live), options);
      await place.artifacts.delete(segment.target, options);
    } catch (error) {
      if (hasCode(error, 'ABORTED') || !(error instanceof Error)) throw error;
      failure = error;
      // A registry that deletes nothing does not do so for the next one, which would only be there twice.
      if (hasCode(error, 'UNSUPPORTED')) break;
    }
  }
  const left = await place.catalog.refresh(options);
  for (const oid of oids.oids()) {
    const error = left.some((segment) => findIn(segment, oid, undefined) !== undefined) ? failure : undefined;
    yield { oid, how: error ? 'failed' : 'removed', bytes: 0, ...(error && { error }) };
  }
}

/** The layers that are still needed, numbered anew. The objects are as old as they were. */
function withoutDead({ manifest: { layers, createdAt } }: Segment, live: readonly IndexRecord[]): SegmentContent {
  const needed = [...new Set(live.map(({ layer }) => layer))].sort((a, b) => a - b);
  const numbers = new Map(needed.map((layer, index) => [layer, index]));
  return {
    createdAt,
    layers: needed.flatMap((layer) => layers[layer] ?? []),
    records: live.map((record) => ({ ...record, layer: numbers.get(record.layer) ?? 0 })),
  };
}
