import type { IndexEntry } from '../../odb/data-index.ts';
import { createOidSetBuilder } from '../../odb/oid-set.ts';
import type { CallOptions } from '../../storage/call.ts';
import type { Repo } from '../repo.ts';

/** Those of `entries` whose object is not in the cache. A directory is looked at as its listing alone, as DVC does; a granular look gives each file as an entry. */
export async function findNotInCache(repo: Repo, entries: readonly IndexEntry[], call: CallOptions): Promise<readonly IndexEntry[]> {
  const missing: IndexEntry[] = [];
  for (const name of new Set(entries.flatMap(({ hash }) => hash?.name ?? []))) {
    const wanted = createOidSetBuilder();
    for (const { hash } of entries) if (hash?.name === name) wanted.add(hash.value);
    const present = await repo.cache.objects(name).present(wanted.build(), call);
    missing.push(...entries.filter(({ hash }) => hash?.name === name && !present.has(hash.value)));
  }
  return missing;
}
