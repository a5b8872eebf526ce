import { oidSet } from '../../odb/oid-set.ts';
import type { CallOptions } from '../../storage/call.ts';
import { listingOf } from '../collect/listing.ts';
import type { Repo } from '../repo.ts';
import type { Output } from '../stage.ts';
import { storeTree } from '../store-output.ts';

/** Puts the listings that lie in the repository into the cache, where every other verb looks for them. */
export async function keepListings(repo: Repo, outputs: Iterable<Output>, call: CallOptions = {}): Promise<void> {
  for (const output of outputs) {
    if (output.files === undefined || output.hash === undefined) continue;
    const { name, value: oid } = output.hash;
    if ((await repo.cache.objects(name).present(oidSet([oid]), call)).count > 0) continue;
    const tree = listingOf(output);
    if (tree?.oid === oid) await storeTree(repo, tree, { ...call, name });
  }
}
