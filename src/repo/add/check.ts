import { basename } from 'node:path/posix';

import { exists, followFile } from '../../disk/read.ts';
import { TowlineError } from '../../errors.ts';
import { checkOverlaps } from '../collect/overlaps.ts';
import { gitIgnoredPaths, refuseTracked } from '../git/tracked.ts';
import type { Repo } from '../repo.ts';
import { type Output, type Stage, stageAddress } from '../stage.ts';

/** The tracked directory a target lies in. */
export interface Parent {
  readonly stage: Stage;
  readonly output: Output;
}

/** Among what is tracked already; not `isHere`: the data comes from elsewhere, or does not come here at all. */
export interface Adding {
  readonly stages: readonly Stage[];
  readonly isHere: boolean;
}

/** Refuses, in DVC's words, what cannot be tracked, before anything is changed. Gives back the targets that lie inside tracked directories. */
export async function checkAddable(repo: Repo, paths: readonly string[], { stages, isHere }: Adding): Promise<ReadonlyMap<string, Parent>> {
  checkOverlaps(stages);
  const parents = new Map<string, Parent>();
  const ignore = await repo.workspace.ignore();
  for (const path of paths) {
    checkName(path);
    const parent = findParent(path, stages);
    // What is gone from a tracked directory may be added: it goes from its listing.
    if (isHere && !parent) checkThere(repo, path);
    refuseMade(path, stages);
    const isFolder = followFile(`${repo.root}/${path}`)?.kind === 'folder';
    const rule = ignore.ignores(path, isFolder) ? ignore.explain(path, isFolder) : undefined;
    if (rule !== undefined) throw new TowlineError('INVALID_ARGUMENT', `Path '${repo.root}/${path}' is ignored by ${rule}`);
    if (parent) parents.set(path, parent);
    else refuseOverlap(path, stages);
  }
  const own = paths.filter((path) => !parents.has(path));
  if (repo.workspace.git) {
    await refuseTracked(repo.workspace.git, own);
    await refuseIgnoredFile(repo, own);
  }
  return parents;
}

function checkName(path: string): void {
  if (path.endsWith('.dvc')) throw new TowlineError('INVALID_ARGUMENT', `DVC file '${path}' cannot be an output.`);
  if (path === '' || path === '.dvc' || path.startsWith('.dvc/')) throw new TowlineError('INVALID_ARGUMENT', `'${path === '' ? '.' : path}' is the repository itself and cannot be tracked`);
}

/** Throws, in DVC's words, where there is nothing. */
export function checkThere(repo: Repo, path: string): void {
  if (followFile(`${repo.root}/${path}`) !== undefined) return;
  const reason = `[Errno 2] No such file or directory: '${repo.root}/${path}'`;
  if (exists(`${repo.root}/${path}`)) throw new TowlineError('NOT_FOUND', reason, { hint: `'${path}' is a link to what is not there.` });
  throw new TowlineError('NOT_FOUND', `output '${path}' does not exist: ${reason}`);
}

/** What a command makes, or lies in what it makes, is no data of its own. */
function refuseMade(path: string, stages: readonly Stage[]): void {
  for (const stage of stages) {
    const isOurs = ({ place, path: made }: Output): boolean => place === 'repository' && (path === made || path.startsWith(`${made}/`));
    if (stage.command === undefined || !stage.outputs.some(isOurs)) continue;
    throw new TowlineError('ALREADY_EXISTS', `cannot update '${basename(path)}': overlaps with an output of stage: '${stageAddress(stage)}' in '${stage.file}'.\nRun the pipeline or use 'dvc commit' to force update it.`);
  }
}

function findParent(path: string, stages: readonly Stage[]): Parent | undefined {
  for (const stage of stages) {
    const output = stage.outputs.find((one) => one.place === 'repository' && path.startsWith(`${one.path}/`));
    if (output) return { stage, output };
  }
  return undefined;
}

function refuseOverlap(path: string, stages: readonly Stage[]): void {
  for (const { file, outputs } of stages) {
    const inside = outputs.find((one) => one.place === 'repository' && one.path.startsWith(`${path}/`));
    if (inside) {
      throw new TowlineError('ALREADY_EXISTS', `Cannot add '${path}', because it is overlapping with other DVC tracked output: '${inside.path}'.\nTo include '${inside.path}' in '${path}', run 'dvc remove ${file}' and then 'dvc add ${path}'`);
    }
  }
}

/** A `.dvc` file that Git ignores would never be committed, and the data would be lost to everyone else. */
async function refuseIgnoredFile(repo: Repo, paths: readonly string[]): Promise<void> {
  if (!repo.workspace.git) return;
  const files = paths.map((path) => `${path}.dvc`);
  const ignored = await gitIgnoredPaths(repo.workspace.git, files);
  const first = files.find((file) => ignored.has(file));
  if (first !== undefined) throw new TowlineError('INVALID_ARGUMENT', `bad DVC file name '${first}' is git-ignored.`);
}
