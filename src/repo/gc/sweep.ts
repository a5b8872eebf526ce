import { isTreeOid } from '../../odb/hash-info.ts';
import type { ObjectDb } from '../../odb/object-db.ts';
import { createOidSetBuilder, filterOids, type OidSet } from '../../odb/oid-set.ts';
import type { JobOptions } from '../../storage/storage.ts';
import type { Fault } from '../fault.ts';

/** What of `db` is not in use, and has lain there long enough that nobody can be about to use it. */
export async function findUnused(db: ObjectDb, inUse: OidSet, options: JobOptions & { readonly atRestFor: number }): Promise<OidSet> {
  const builder = createOidSetBuilder();
  for await (const some of db.list(options)) {
    const unused = some.minus(inUse);
    for (const oid of unused.oids()) builder.add(oid, unused.sizeOf(oid));
  }
  return builder.build();
}

/** Deletes listings first: one that is cut short leaves files without a listing, never a listing without its files. */
export async function sweep(db: ObjectDb, unused: OidSet, options: JobOptions): Promise<readonly Fault[]> {
  const failed: Fault[] = [];
  for (const some of [filterOids(unused, isTreeOid), filterOids(unused, (oid) => !isTreeOid(oid))]) {
    if (some.count === 0) continue;
    for await (const { oid, error } of db.delete(some, options)) if (error) failed.push({ oid, path: oid, reason: error.message });
    // Files go only where all listings have gone: one of those that stayed may name them.
    if (failed.length > 0) break;
  }
  return failed;
}
