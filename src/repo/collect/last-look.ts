import { createHash } from 'node:crypto';
import type { DiskObjects } from '../../odb/disk-objects.ts';
import type { ObjectDb } from '../../odb/object-db.ts';
import type { OidSet } from '../../odb/oid-set.ts';
import type { Shard } from '../../odb/shard.ts';
import { listingOf } from './listing.ts';
import type { Selected } from './targets.ts';
import type { Wanted } from './wanted.ts';

/** Whether looks are remembered for a remote: a folder of this machine has a memory of its own, and a share of the objects is no selection. */
export const remembersLooks = (target: ObjectDb, shard: Shard | undefined): boolean => shard === undefined && target.whole === undefined;

/** The objects of `selected`, if the last look at the cache found all of them and nothing came or went there since. Their sizes are those that the remote has to have, so not of DVC 2: its digest is the same for text of several sizes. */
export function recallLook(cache: DiskObjects, selected: readonly Selected[]): OidSet | undefined {
  const key = cache.hashName === 'md5' ? keyOf(selected, cache) : undefined;
  return key === undefined ? undefined : cache.lastLook.recall(key);
}

/** Remembers that `here` was all that `selected` is made of, where it was. */
export function keepLook(cache: DiskObjects, selected: readonly Selected[], { wanted, here }: { readonly wanted: Wanted; readonly here: OidSet }): void {
  const key = keyOf(selected, cache);
  if (key !== undefined && wanted.lost.length === 0 && here.count === wanted.objects.count) cache.lastLook.keep(key, here);
}

/** What decides which objects a selection is made of. Undefined where a listing of it lies in the repository: its name alone does not say what is in it. */
function keyOf(selected: readonly Selected[], { hashName }: DiskObjects): string | undefined {
  const names: string[] = [];
  for (const { output, inner } of selected) {
    if (output.hash?.name !== hashName) continue;
    if (listingOf(output) !== undefined) return undefined;
    names.push(`${output.hash.value} ${output.meta.size ?? ''} ${inner}`);
  }
  return createHash('md5').update(names.sort().join('\n')).digest('hex');
}
