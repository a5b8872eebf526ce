import { followFile, statFile } from '../../disk/read.ts';
import { TowlineError } from '../../errors.ts';
import { gitIgnoredPaths, refuseTracked } from '../git/tracked.ts';
import type { Repo } from '../repo.ts';
import type { Output, Stage } from '../stage.ts';

/** The tracked directory a target lies in. */
export interface Parent {
  readonly stage: Stage;
  readonly output: Output;
}

/** Refuses, in DVC's words, what cannot be tracked, before anything is changed. Gives back the targets that lie inside tracked directories. */
export async function checkAddable(repo: Repo, paths: readonly string[], stages: readonly Stage[]): Promise<ReadonlyMap<string, Parent>> {
  const parents = new Map<string, Parent>();
  const ignore = await repo.workspace.ignore();
  for (const path of paths) {
    checkFile(repo, path);
    const isFolder = followFile(`${repo.root}/${path}`)?.kind === 'folder';
    const rule = ignore.ignores(path, isFolder) ? ignore.explain(path, isFolder) : undefined;
    if (rule !== undefined) throw new TowlineError('INVALID_ARGUMENT', `Path '${repo.root}/${path}' is ignored by ${rule}`);
    const parent = findParent(path, stages);
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

function checkFile(repo: Repo, path: string): void {
  if (path.endsWith('.dvc')) throw new TowlineError('INVALID_ARGUMENT', `DVC file '${path}' cannot be an output.`);
  if (path === '' || path === '.dvc' || path.startsWith('.dvc/')) throw new TowlineError('INVALID_ARGUMENT', `'${path === '' ? '.' : path}' is the repository itself and cannot be tracked`);
  if (statFile(`${repo.root}/${path}`) !== undefined && followFile(`${repo.root}/${path}`) !== undefined) return;
  throw new TowlineError('NOT_FOUND', `output '${path}' does not exist: [Errno 2] No such file or directory: '${repo.root}/${path}'`);
}

function findParent(path: string, stages: readonly Stage[]): Parent | undefined {
  for (const stage of stages) {
    const output = stage.outputs.find((one) => one.place === 'repository' && path.startsWith(`${one.path}/`));
    if (output) return { stage, output };
  }
  return undefined;
}

function refuseOverlap(path: string, stages: readonly Stage[]): void {
  for (const { file, name, outputs } of stages) {
    const inside = outputs.find((one) => one.place === 'repository' && one.path.startsWith(`${path}/`));
    if (inside) {
      throw new TowlineError('ALREADY_EXISTS', `Cannot add '${path}', because it is overlapping with other DVC tracked output: '${inside.path}'.\nTo include '${inside.path}' in '${path}', run 'dvc remove ${file}' and then 'dvc add ${path}'`);
    }
    const made = name === undefined ? undefined : outputs.find((one) => one.path === path);
    if (made) throw new TowlineError('ALREADY_EXISTS', `cannot update '${path}': not a data source`, { hint: `'${path}' is made by the stage '${name ?? ''}' of '${file}'.` });
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
