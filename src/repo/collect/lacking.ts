import { hasCode } from '../../errors.ts';
import type { DiskObjects } from '../../odb/disk-objects.ts';
import { isTreeOid, type Oid } from '../../odb/hash-info.ts';
import { loadTree } from '../../odb/load-tree.ts';
import type { Tree } from '../../odb/tree.ts';
import { oidsOf } from '../../odb/tree-entries.ts';
import type { CallOptions } from '../../storage/call.ts';
import type { Repo } from '../repo.ts';
import { isRepoImport, isVersionedImport } from '../stage.ts';
import type { SelectedIn } from './by-remote.ts';
import type { Selected } from './targets.ts';
import { hashNamesOf, inside } from './wanted.ts';

/** What the cache does not have. Imports from other repositories, and of versions, are on no remote of ours: they are taken from where they came from. */
export interface Lacking {
  readonly lacking: readonly SelectedIn[];
  readonly imports: readonly Selected[];
}

type Options = CallOptions & { readonly trees: Map<Oid, Tree> };

/** Outputs whose objects are all here need no remote: a clone with a full cache works without a network, and without a remote at all. */
export async function findLacking(repo: Repo, selection: readonly SelectedIn[], options: Options): Promise<Lacking> {
  const lacking: SelectedIn[] = [];
  const imports: Selected[] = [];
  for (const { revision, selected } of selection) {
    for (const name of hashNamesOf(selected)) {
      const cache = repo.cache.objects(name);
      const kept: Selected[] = [];
      for (const one of selected.filter(({ output }) => output.hash?.name === name)) {
        if (!(await isLacking(cache, one, options))) continue;
        if (isRepoImport(one.stage) || isVersionedImport(one.stage)) imports.push(one);
        else kept.push(one);
      }
      lacking.push({ revision, selected: kept });
      cache.whole.save();
    }
  }
  return { lacking, imports };
}

async function isLacking(cache: DiskObjects, one: Selected, options: Options): Promise<boolean> {
  const oid = one.output.hash?.value;
  if (oid === undefined || cache.whole.has(oid)) return false;
  const { trees, ...call } = options;
  if (!cache.hasAll([oid])) return true;
  if (!isTreeOid(oid)) return false;
  try {
    const tree = trees.get(oid) ?? (await loadTree(oid, [cache], call));
    if (!tree) return true;
    trees.set(oid, tree);
    if (!cache.hasAll(oidsOf(inside(tree, one.inner)))) return true;
    if (one.inner === '') cache.whole.add([oid]);
    return false;
  } catch (error) {
    // A damaged listing in the cache is as good as none: it is fetched again.
    if (hasCode(error, 'CORRUPT')) return true;
    throw error;
  }
}
