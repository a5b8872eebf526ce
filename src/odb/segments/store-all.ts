import { concurrently } from '../../storage/concurrently.ts';
import type { StoredObject, StoreResult, WriteObjectsOptions } from '../object-db.ts';
import { createOpenSegment } from './open-segment.ts';
import type { SegmentPlace } from './segment-place.ts';
import { takeIn } from './take-in.ts';

/** Small ones are read one after the other all the same; of large ones so many are hashed and sent at once. */
const JOBS = 4;

interface StoreOptions extends WriteObjectsOptions {
  /** When the youngest of the objects was stored first; default: now. */
  readonly createdAt?: number | undefined;
}

/** Stores objects in new segments, in the order they come. */
export async function* storeAll(place: SegmentPlace, objects: AsyncIterable<StoredObject> | Iterable<StoredObject>, { onBytes, jobs, createdAt, ...options }: StoreOptions): AsyncGenerator<StoreResult> {
  const segment = createOpenSegment(place, createdAt);
  const publish = async function* (): AsyncGenerator<StoreResult> {
    for (const { oid, size } of await segment.publish(options)) {
      onBytes?.(size);
      yield { oid, how: 'packed', bytes: size };
    }
  };
  for await (const taken of concurrently(objects, { ...options, jobs: Math.min(JOBS, jobs ?? JOBS) }, async (object, signal) => await takeIn(place, object, { signal }))) {
    if (taken.kind === 'failed') {
      yield { oid: taken.oid, how: 'failed', bytes: 0, error: taken.error };
      continue;
    }
    if (!segment.fits(taken)) yield* publish();
    await segment.add(taken, options);
  }
  yield* publish();
}
