import { TowlineError } from '../../errors.ts';
import { concurrently } from '../../storage/concurrently.ts';
import { isTreeOid } from '../hash-info.ts';
import type { StoredObject, StoreResult, WriteObjectsOptions } from '../object-db.ts';
import { createOpenSegment } from './open-segment.ts';
import type { SegmentPlace } from './segment-place.ts';
import { takeIn } from './take-in.ts';

/** Small ones are read one after the other all the same; of large ones so many are hashed and sent at once. */
const JOBS = 4;

interface WriteOptions extends WriteObjectsOptions {
  /** The segments on which it was said that something is there already. */
  readonly relied: ReadonlySet<string>;
}

/** Stores objects in new segments, listings of directories in the last, so that who sees a listing sees its files. What fails for all (a login, the net) is thrown. */
export async function* writeObjects(place: SegmentPlace, objects: AsyncIterable<StoredObject>, { relied, ...options }: WriteOptions): AsyncGenerator<StoreResult> {
  const trees: StoredObject[] = [];
  yield* storeAll(place, filesOf(objects, trees), options);
  if (trees.length === 0) return;
  await requireStill(place, relied, options);
  yield* storeAll(place, trees, options);
}

async function* filesOf(objects: AsyncIterable<StoredObject>, trees: StoredObject[]): AsyncGenerator<StoredObject> {
  for await (const object of objects) {
    if (isTreeOid(object.oid)) trees.push(object);
    else yield object;
  }
}

/** A segment that held files of a directory may have been deleted since they were looked for; then its listing must not follow. */
async function requireStill({ artifacts, catalog }: SegmentPlace, relied: ReadonlySet<string>, options: WriteObjectsOptions): Promise<void> {
  if (relied.size === 0) return;
  const tags = new Set((await catalog.refresh(options)).map(({ tag }) => tag));
  const gone = [...relied].find((tag) => !tags.has(tag));
  if (gone !== undefined) throw new TowlineError('PRECONDITION_FAILED', `'${gone}' of ${artifacts.displayUrl} was deleted while this push relied on it`, { hint: 'Push again.' });
}

async function* storeAll(place: SegmentPlace, objects: AsyncIterable<StoredObject> | Iterable<StoredObject>, { onBytes, jobs, ...options }: WriteObjectsOptions): AsyncGenerator<StoreResult> {
  const segment = createOpenSegment(place);
  const publish = async function* (): AsyncGenerator<StoreResult> {
    for (const { oid, size } of await segment.publish(options)) {
      onBytes?.(oid, size);
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
