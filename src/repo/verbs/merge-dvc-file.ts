import { basename } from 'node:path';

import { readText, statFile } from '../../disk/read.ts';
import { replaceFile } from '../../disk/replace.ts';
import { TowlineError } from '../../errors.ts';
import { loadTree } from '../../odb/load-tree.ts';
import { createTree, type TreeEntries, type TreeEntry } from '../../odb/tree.ts';
import type { CallOptions } from '../../storage/call.ts';
import { dumpOutput } from '../files/dump.ts';
import { parseDvcFile, updateDvcFile } from '../files/dvc-file.ts';
import { sameYaml, type YamlMap } from '../files/yaml-value.ts';
import type { Repo } from '../repo.ts';
import { storeTree } from '../store-output.ts';
import type { Output, Stage } from '../stage.ts';

/** Three versions of one `.dvc` file, as Git lays them out for a merge driver: absolute paths. `our` becomes the merged one. */
export interface MergeRequest {
  readonly ancestor: string;
  readonly our: string;
  readonly their: string;
}

/** The oid of the merged directory; undefined when the other side tracks nothing and ours stays as it is. */
export interface MergeResult { readonly oid?: string }

/**
 * Merges two versions of a tracked directory, file by file. Throws PRECONDITION_FAILED where DVC's merge driver does, so that Git leaves the conflict
 * to people: for paths that both sides changed differently, for what `add` has not made, and for what is no directory.
 */
export async function mergeDvcFile(repo: Repo, request: MergeRequest, call: CallOptions = {}): Promise<MergeResult> {
  const [ancestor, our, their] = [request.ancestor, request.our, request.their].map((path) => parseDvcFile(readText(path) ?? '', basename(path)));
  if (!ancestor || !our || !their) return {};
  if (their.outputs.length === 0) return {};
  const [base, mine, other] = mergeable(ancestor, our, their);
  const trees = await Promise.all([base, mine, other].map(async (output) => (output ? readTree(repo, output, call) : [])));
  const tree = createTree(mergeEntries(trees[0] ?? [], trees[1] ?? [], trees[2] ?? []));
  await storeTree(repo, tree, { name: 'md5', ...call });
  const size = sizeOf(repo, tree.entries);
  const merged: Output = { ...mine, hash: { name: 'md5', value: tree.oid }, meta: { ...(size !== undefined && { size }), nfiles: tree.entries.length } };
  const stage: Stage = { ...our, outputs: [merged] };
  replaceFile(repo.lent.disk, request.our, updateDvcFile(readText(request.our), stage));
  return { oid: tree.oid };
}

/** The outputs to be merged; there may be no common ancestor. */
function mergeable(ancestor: Stage, our: Stage, their: Stage): readonly [base: Output | undefined, mine: Output, other: Output] {
  for (const stage of [ancestor, our, their]) {
    if (stage.command !== undefined || stage.dependencies.length > 0 || stage.outputs.length > 1) throw refusal("unable to auto-merge DVC files that weren't created by `dvc add`");
  }
  const [base, mine, other] = [ancestor.outputs[0], our.outputs[0], their.outputs[0]];
  if (!mine || !other) throw refusal('unable to auto-merge DVC files with deleted outputs');
  for (const output of [base, other]) if (output && (output.hashName !== mine.hashName || !sameYaml(options(output, our), options(mine, our)))) throw refusal('unable to auto-merge outputs with different options');
  for (const output of [base, mine, other]) if (output && output.hash?.value.endsWith('.dir') !== true) throw refusal('unable to auto-merge outputs that are not directories');
  return [base, mine, other];
}

/** What an entry says besides its content. */
function options(output: Output, { workingFolder }: Stage): YamlMap {
  const { hash: _hash, files: _files, ...rest } = output;
  return new Map([...dumpOutput({ ...rest, path: output.written, place: 'external', meta: {} }, workingFolder)].filter(([key]) => key !== 'md5' && key !== 'hash'));
}

async function readTree(repo: Repo, { hash }: Output, call: CallOptions): Promise<TreeEntries> {
  const tree = hash && (await loadTree(hash.value, [repo.cache.objects(hash.name)], call));
  if (tree) return tree.entries;
  throw refusal(`unable to merge: the listing '${hash?.value ?? ''}' is not in the cache`, "Run 'tow fetch --all-branches', then merge again.");
}

/** A path that only one side changed is as that side has it; one that both changed must be the same on both. */
function mergeEntries(base: TreeEntries, mine: TreeEntries, other: TreeEntries): readonly TreeEntry[] {
  const [before, ours, theirs] = [base, mine, other].map((entries) => new Map(Array.from(entries, ({ relpath, oid }) => [relpath, oid]))) as [Map<string, TreeEntry['oid']>, Map<string, TreeEntry['oid']>, Map<string, TreeEntry['oid']>];
  const conflicts: string[] = [];
  const merged = [...new Set([...ours.keys(), ...theirs.keys()])].flatMap((relpath): readonly TreeEntry[] => {
    const [was, our, their] = [before.get(relpath), ours.get(relpath), theirs.get(relpath)];
    if (our !== their && our !== was && their !== was) conflicts.push(relpath);
    const oid = our === was ? their : our;
    return oid === undefined ? [] : [{ relpath, oid }];
  });
  if (conflicts.length > 0) throw refusal(`unable to auto-merge the following paths:\n${conflicts.sort().join('\n')}`);
  return merged;
}

/** The sum of what is in the cache; undefined where something is not. */
function sizeOf(repo: Repo, entries: TreeEntries): number | undefined {
  const objects = repo.cache.objects('md5');
  const sizes = Array.from(entries, ({ oid }) => statFile(objects.fileOf(oid))?.size);
  return sizes.includes(undefined) ? undefined : sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0);
}

const refusal = (message: string, hint = 'Git leaves the conflict to you.'): TowlineError => new TowlineError('PRECONDITION_FAILED', message, { hint });
