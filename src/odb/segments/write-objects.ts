import { TowlineError } from '../../errors.ts';
import { isTreeOid } from '../hash-info.ts';
import type { StoredObject, StoreResult, WriteObjectsOptions } from '../object-db.ts';
import type { OidSet } from '../oid-set.ts';
import { findIn, type Segment } from './segment.ts';
import type { SegmentPlace } from './segment-place.ts';
import { storeAll } from './store-all.ts';

interface WriteOptions extends WriteObjectsOptions {
  readonly relied: Relied;
}
/** What it was said of that it is there already. */
export interface Relied {
  /** The segments that were found to have it. */
  readonly tags: Set<string>;
  readonly objects: OidSet[];
}

/** Stores objects in new segments, listings of directories in the last, so that who sees a listing sees its files. What fails for all (a login, the net) is thrown. */
export async function* writeObjects(place: SegmentPlace, objects: AsyncIterable<StoredObject>, { relied, ...options }: WriteOptions): AsyncGenerator<StoreResult> {
  const trees: StoredObject[] = [];
  yield* storeAll(place, filesOf(objects, trees), options);
  if (trees.length === 0) return;
  await requireStill(place, relied, options);
  yield* storeAll(place, trees, options);
  // Once more: what was deleted just before the listing came is missed by nobody else.
  await requireStill(place, relied, options);
}

async function* filesOf(objects: AsyncIterable<StoredObject>, trees: StoredObject[]): AsyncGenerator<StoredObject> {
  for await (const object of objects) {
    if (isTreeOid(object.oid)) trees.push(object);
    else yield object;
  }
}

/** A segment that held files of a directory may have been deleted since they were looked for; then its listing must not follow, unless another has them. */
async function requireStill({ artifacts, catalog }: SegmentPlace, relied: Relied, options: WriteObjectsOptions): Promise<void> {
  if (relied.tags.size === 0) return;
  const segments = await catalog.refresh(options);
  const tags = new Set(segments.map(({ tag }) => tag));
  const gone = [...relied.tags].find((tag) => !tags.has(tag));
  if (gone === undefined || relied.objects.every((some) => hasAll(segments, some))) return;
  throw new TowlineError('PRECONDITION_FAILED', `'${gone}' of ${artifacts.displayUrl} was deleted while this push relied on it`, { hint: 'Push again.' });
}

function hasAll(segments: readonly Segment[], objects: OidSet): boolean {
  for (const oid of objects.oids()) if (!segments.some((segment) => findIn(segment, oid, undefined))) return false;
  return true;
}
