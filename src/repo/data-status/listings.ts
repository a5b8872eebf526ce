import { hasCode } from '../../errors.ts';
import type { HashInfo } from '../../odb/hash-info.ts';
import { loadTree } from '../../odb/load-tree.ts';
import type { TreeEntries } from '../../odb/tree.ts';
import type { CallOptions } from '../../storage/call.ts';
import type { DataRemote } from '../data-remote.ts';
import type { Repo } from '../repo.ts';

/** Reads the listings of tracked directories. */
export interface Listings {
  /** From the cache, or from the remote where the cache lacks it; undefined when neither has it whole. Says nothing of a remote that fails. */
  read(hash: HashInfo, options?: { readonly remote?: string }): Promise<TreeEntries | undefined>;
  close(): Promise<void>;
}

/** Listings of a repository. A remote is opened only when the first listing is not in the cache; `remote` stands in for the default one. */
export function createListings(repo: Repo, { remote: wanted, ...call }: CallOptions & { readonly remote?: string } = {}): Listings {
  const opened = new Map<string | undefined, DataRemote>();
  const open = (name: string | undefined): DataRemote => {
    const remote = opened.get(name) ?? repo.remote(repo.workspace, { command: 'data status', ...(name !== undefined && { name }) });
    opened.set(name, remote);
    return remote;
  };
  return {
    async read(hash, { remote = wanted } = {}) {
      const cached = await loadTree(hash.value, [repo.cache.objects(hash.name)], call).catch(passOver(repo));
      if (cached) return cached.entries;
      const fetched = await fromRemote({ open, name: remote }, hash, call).catch(passOver(repo));
      return fetched?.entries;
    },
    async close() {
      for (const remote of opened.values()) await remote.close();
    },
  };
}

async function fromRemote({ open, name }: { readonly open: (name: string | undefined) => DataRemote; readonly name: string | undefined }, hash: HashInfo, call: CallOptions): ReturnType<typeof loadTree> {
  return loadTree(hash.value, [await open(name).objects(hash.name)], call);
}

/** A listing that cannot be had, for whatever reason, makes an answer 'unknown', which is shown; only a stop by the user passes. */
function passOver(repo: Repo): (error: unknown) => undefined {
  return (error) => {
    if (hasCode(error, 'ABORTED')) throw error;
    repo.lent.trace?.(`a listing was not read: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  };
}
