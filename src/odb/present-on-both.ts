import type { CallOptions } from '../storage/call.ts';
import type { ObjectDb } from './object-db.ts';
import type { OidSet } from './oid-set.ts';

/** What each of two places has. */
export interface OnBoth {
  readonly here: OidSet;
  readonly there: OidSet;
}

/**
 * Which of `all` the cache has, and which the remote: both are asked at once. What lies on the remote with another size than in the cache is not
 * the object, but what a cut upload left under its name; the digest of DVC 2 is the same for text of several sizes.
 */
export async function presentOnBoth(all: OidSet, { cache, target, ...asked }: { readonly cache: ObjectDb; readonly target: ObjectDb; /** What the remote was found to have, where it was asked already. */ readonly there?: OidSet }, call: CallOptions = {}): Promise<OnBoth> {
  const [there, here] = await Promise.all([asked.there ?? target.present(all, call), cache.present(all, call)]);
  return { here, there: target.hashName === 'md5' ? ofSameSize(there, here, all) : there };
}

function ofSameSize(there: OidSet, here: OidSet, all: OidSet): OidSet {
  // Where nothing lacks anywhere, the rows of both stand side by side.
  const isAligned = there.count === all.count && here.count === all.count;
  const part = there.part();
  let place = 0;
  let differing = 0;
  for (const oid of there.oids()) {
    const found = there.sizeAt(place);
    const expected = isAligned ? here.sizeAt(place) : here.sizeOf(oid);
    if (found === undefined || expected === undefined || found === expected) part.mark(place);
    else differing += 1;
    place += 1;
  }
  return differing === 0 ? there : part.build();
}
