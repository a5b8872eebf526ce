import { isTreeOid, type Oid } from '../../odb/hash-info.ts';
import { loadTree } from '../../odb/load-tree.ts';
import type { ObjectDb } from '../../odb/object-db.ts';
import { oidsOf, type TreeEntries } from '../../odb/tree-entries.ts';
import type { CallOptions } from '../../storage/call.ts';
import type { Repo } from '../repo.ts';
import type { Output } from '../stage.ts';
import type { Observed } from './observe.ts';

export type Change = 'modified' | 'deleted' | 'new' | 'not in cache';

/** How an output differs from what was recorded. DVC's order: what is not in the cache comes before what is not in the workspace. */
export async function outputChange(repo: Repo, output: Output, options: CallOptions & { readonly now: Observed }): Promise<Change | undefined> {
  const { now, ...call } = options;
  if (output.cache && output.hash !== undefined && !(await isCached(repo, output, { ...call, now }))) return 'not in cache';
  if (now.kind === 'absent') return 'deleted';
  return oidOf(now) === output.hash?.value ? undefined : 'modified';
}

export const oidOf = (now: Observed): string | undefined => (now.kind === 'absent' ? undefined : now.oid);

/** True when every object of the output is in the cache. */
export async function isCached(repo: Repo, { hash }: Output, { now, ...call }: CallOptions & { readonly now: Observed }): Promise<boolean> {
  if (!hash) return false;
  const cache = repo.cache.objects(hash.name);
  if (cache.whole.has(hash.value)) return true;
  if (!cache.hasAll([hash.value])) return false;
  if (isTreeOid(hash.value) && !cache.hasAll(oidsOf(now.kind === 'directory' && now.oid === hash.value ? now.entries : await listedFiles(hash.value, cache, call)))) return false;
  cache.whole.add([hash.value]);
  return true;
}

async function listedFiles(oid: Oid, cache: ObjectDb, call: CallOptions): Promise<TreeEntries> {
  return (await loadTree(oid, [cache], call))?.entries ?? [];
}
