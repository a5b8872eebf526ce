import type { IndexRecord } from './segment-index.ts';

/** One request for a part of a layer, or for the whole of it, and the objects that come with it, in the order of their bytes. */
export interface PlannedRead {
  readonly layer: number;
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
  /** The whole layer is read, so its digest can be checked as well. */
  readonly isWhole: boolean;
  readonly objects: readonly IndexRecord[];
}
export interface ReadPlanOptions {
  /** The size of a layer, by its number. */
  readonly sizeOf: (layer: number) => number;
  /** Bytes between two objects that are read along rather than left out by a second request. Default 64 KiB. */
  readonly gapBytes?: number;
  /** A layer of which more than this share is wanted is read as a whole. Default a half. */
  readonly wholeShare?: number;
}

/** The requests that bring all `wanted` objects of a segment, in few and without much that is not wanted. */
export function planReads(wanted: Iterable<IndexRecord>, { sizeOf, gapBytes = 64 * 1024, wholeShare = 0.5 }: ReadPlanOptions): readonly PlannedRead[] {
  const layers = new Map<number, IndexRecord[]>();
  for (const record of wanted) {
    const known = layers.get(record.layer);
    if (known) known.push(record);
    else layers.set(record.layer, [record]);
  }
  return [...layers].flatMap(([layer, records]) => {
    const objects = records.sort((a, b) => a.offset - b.offset || a.length - b.length);
    const size = sizeOf(layer);
    const bytes = objects.reduce((sum, { length }) => sum + length, 0);
    return bytes > size * wholeShare ? [{ layer, start: 0, end: size, isWhole: true, objects }] : joined(layer, { objects, size, gapBytes });
  });
}

function joined(layer: number, { objects, size, gapBytes }: { readonly objects: readonly IndexRecord[]; readonly size: number; readonly gapBytes: number }): readonly PlannedRead[] {
  const reads: { start: number; end: number; objects: IndexRecord[] }[] = [];
  for (const object of objects) {
    const last = reads.at(-1);
    const end = object.offset + object.length;
    if (last && object.offset <= last.end + gapBytes) {
      last.objects.push(object);
      last.end = Math.max(last.end, end);
    } else {
      reads.push({ start: object.offset, end, objects: [object] });
    }
  }
  return reads.map(({ start, end, objects: some }) => ({ layer, start, end, isWhole: start === 0 && end === size, objects: some }));
}
