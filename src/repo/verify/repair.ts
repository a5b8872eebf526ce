import { checkObjects } from '../../odb/check-objects.ts';
import type { Oid } from '../../odb/hash-info.ts';
import type { ObjectDb } from '../../odb/object-db.ts';
import { oidSet } from '../../odb/oid-set.ts';
import type { JobOptions } from '../../storage/storage.ts';

/** Puts a good copy in the place of a damaged object. False, and nothing is changed, when none of `sources` has one that was read and found right just before. */
export async function repairObject(db: ObjectDb, oid: Oid, { sources, ...call }: JobOptions & { readonly sources: readonly ObjectDb[] }): Promise<boolean> {
  const wanted = oidSet([oid]);
  for (const source of sources) {
    if (!(await isGood(source, oid, call))) continue;
    for await (const { error } of db.delete(wanted, call)) if (error) throw error;
    for await (const { error } of db.write(source.read(wanted, call), call)) if (error) throw error;
    return true;
  }
  return false;
}

async function isGood(source: ObjectDb, oid: Oid, call: JobOptions): Promise<boolean> {
  if ((await source.present(oidSet([oid]), call)).count === 0) return false;
  for await (const { problem } of checkObjects(source, oidSet([oid]), call)) return problem === undefined;
  return false;
}
