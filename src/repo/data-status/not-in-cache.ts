import type { Change, IndexEntry } from '../../odb/data-index.ts';
import type { HashName } from '../../odb/hash-info.ts';
import { createOidSetBuilder, type OidSet, type OidSetBuilder } from '../../odb/oid-set.ts';
import type { CallOptions } from '../../storage/call.ts';
import type { Repo } from '../repo.ts';

/** Asks the cache for the recorded side of a diff, all of it at once: the entries of a million files would be several hundred MB, their digests are 25. */
export interface CacheQuestion {
  note(changes: readonly Change[]): void;
  /** The entries whose object is not in the cache; the same diff is walked `again` to name them. A directory is looked at as its listing alone, as DVC does; a granular diff has each file as an entry. */
  answer(again: () => AsyncIterable<readonly Change[]>): Promise<readonly IndexEntry[]>;
}

/** A question that nothing was noted for yet. */
export function createCacheQuestion(repo: Repo, call: CallOptions): CacheQuestion {
  const wanted = new Map<HashName, OidSetBuilder>();
  return {
    note(changes) {
      for (const change of changes) {
        const hash = recordedSide(change)?.hash;
        if (!hash) continue;
        const builder = wanted.get(hash.name) ?? createOidSetBuilder();
        builder.add(hash.value);
        wanted.set(hash.name, builder);
      }
    },
    async answer(again) {
      const missing = new Map<HashName, OidSet>();
      for (const [name, builder] of wanted) {
        const all = builder.build();
        missing.set(name, all.minus(await repo.cache.objects(name).present(all, call)));
      }
      const entries: IndexEntry[] = [];
      if ([...missing.values()].every(({ count }) => count === 0)) return entries;
      for await (const changes of again()) entries.push(...changes.flatMap((change) => recordedSide(change) ?? []).filter(({ hash }) => hash && missing.get(hash.name)?.has(hash.value)));
      return entries;
    },
  };
}

const recordedSide = (change: Change): IndexEntry | undefined => (change.kind !== 'unknown' && change.previous?.hash ? change.previous : undefined);
