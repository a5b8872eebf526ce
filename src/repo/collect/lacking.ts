import { hasCode } from '../../errors.ts';
import type { DiskObjects } from '../../odb/disk-objects.ts';
import { isTreeOid, type Oid } from '../../odb/hash-info.ts';
import { loadTree } from '../../odb/load-tree.ts';
import type { Tree } from '../../odb/tree.ts';
import type { CallOptions } from '../../storage/call.ts';
import type { Fault } from '../fault.ts';
import type { Repo } from '../repo.ts';
import { isRepoImport } from '../stage.ts';
import type { SelectedIn } from './by-remote.ts';
import type { Selected } from './targets.ts';
import { hashNamesOf, inside } from './wanted.ts';

/** What the cache does not have. Imports from other repositories are on no remote of ours. */
export interface Lacking {
  readonly lacking: readonly SelectedIn[];
  readonly imports: readonly Fault[];
}

type Options = CallOptions & { readonly trees: Map<Oid, Tree> };

/** Outputs whose objects are all here need no remote: a clone with a full cache works without a network, and without a remote at all. */
export async function findLacking(repo: Repo, selection: readonly SelectedIn[], options: Options): Promise<Lacking> {
  const lacking: SelectedIn[] = [];
  const imports: Fault[] = [];
  for (const { revision, selected } of selection) {
    for (const name of hashNamesOf(selected)) {
      const cache = repo.cache.objects(name);
      const kept: Selected[] = [];
      for (const one of selected.filter(({ output }) => output.hash?.name === name)) {
        if (!(await isLacking(cache, one, options))) continue;
        if (isRepoImport(one.stage)) imports.push(...importFault(one));
        else kept.push(one);
      }
      lacking.push({ revision, selected: kept });
    }
  }
  return { lacking, imports };
}

function importFault({ stage, output }: Selected): readonly Fault[] {
  const source = stage.dependencies.find((one) => one.kind === 'repo');
  if (!output.hash || source?.kind !== 'repo') return [];
  return [{ oid: output.hash.value, path: output.path, reason: `imported from '${source.url}', not on a remote of this repository: 'dvc fetch ${stage.file}' gets it` }];
}

async function isLacking(cache: DiskObjects, one: Selected, options: Options): Promise<boolean> {
  const oid = one.output.hash?.value;
  if (oid === undefined) return false;
  const { trees, ...call } = options;
  if (!cache.hasAll([oid])) return true;
  if (!isTreeOid(oid)) return false;
  try {
    const tree = trees.get(oid) ?? (await loadTree(oid, [cache], call));
    if (!tree) return true;
    trees.set(oid, tree);
    return !cache.hasAll(inside(tree, one.inner).map((entry) => entry.oid));
  } catch (error) {
    // A damaged listing in the cache is as good as none: it is fetched again.
    if (hasCode(error, 'CORRUPT')) return true;
    throw error;
  }
}
