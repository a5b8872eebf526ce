import { readText } from '../../disk/read.ts';
import { TowlineError } from '../../errors.ts';
import type { Meta } from '../../odb/meta.ts';
import type { CallOptions } from '../../storage/call.ts';
import { collectStages } from '../collect/stages.ts';
import { matchWithStages } from '../collect/targets.ts';
import { applyEdits } from '../edits.ts';
import { updateDvcFile } from '../files/dvc-file.ts';
import { autostage } from '../git/autostage.ts';
import type { Repo } from '../repo.ts';
import { shownSource } from '../sources/dependency.ts';
import { shownImport, updateFromRepo } from '../sources/update-repo.ts';
import { signalOf, updateFromUrl, type Updating } from '../sources/update-url.ts';
import { isImport, type Output, type Stage, stageAddress } from '../stage.ts';
import { recordVersions } from '../versioned/record.ts';
import { updateOutput } from '../versioned/update-output.ts';

/** What to bring up to date, and how. */
export interface UpdateRequest extends Omit<Updating, 'signal'> {
  readonly targets: readonly string[];
  readonly cwd: string;
  readonly recursive?: boolean;
}

/** What became of one import. Paths are relative to the root. */
export interface Updated {
  readonly from: string;
  readonly path: string;
  readonly file: string;
  readonly isChanged: boolean;
  /** It is no import: it follows the remote it was pushed to. */
  readonly isWorktree: boolean;
}

/** What an update did; each `.dvc` file is written as soon as its data is there. */
export interface UpdateResult {
  readonly updated: readonly Updated[];
  readonly files: readonly string[];
  readonly staged: boolean;
  /** Outputs that have nothing to follow. */
  readonly failed: readonly { readonly path: string; readonly reason: string }[];
}

/** Brings imports up to date with where they come from, and other data with the remote it was pushed to, if that mirrors the workspace. */
export async function update(repo: Repo, request: UpdateRequest, call: CallOptions = {}): Promise<UpdateResult> {
  checkFlags(request);
  const { stages } = matchWithStages(await collectStages(repo.workspace), request.targets, { ...request, root: repo.root });
  const other = stages.find((stage) => stage.dependencies.some(({ kind }) => kind === 'other') && isImport(stage));
  if (other) throw new TowlineError('UNSUPPORTED', `'${stageAddress(other)}' is no import from a URL or a repository`, { hint: "A database import is updated by 'dvc update'." });
  if (stages.some((stage) => !isImport(stage))) checkWorktreeFlags(request);
  const updated: Updated[] = [];
  const files: string[] = [];
  const failed: { readonly path: string; readonly reason: string }[] = [];
  for (const stage of stages.filter((one) => !isImport(one))) {
    const followed = await followRemote(repo, stage, { ...request, ...call });
    updated.push(...followed.updated);
    failed.push(...followed.failed);
    files.push(...followed.files);
  }
  for (const stage of stages.filter(isImport)) {
    const next = await updateStage(repo, stage, { ...request, ...call });
    updated.push(describe(repo, stage, { cwd: request.cwd, isChanged: next !== undefined }));
    if (!next) continue;
    const before = readText(`${repo.root}/${stage.file}`);
    applyEdits(repo.lent.disk, repo.root, [{ file: stage.file, before, after: updateDvcFile(before, next) }]);
    files.push(stage.file);
  }
  return { updated, files, staged: await autostage(repo, files), failed };
}

function checkFlags({ toRemote, noDownload, remote }: UpdateRequest): void {
  if (toRemote === true && noDownload === true) throw new TowlineError('INVALID_ARGUMENT', "--to-remote can't be used with --no-download");
  if (toRemote !== true && remote !== undefined) throw new TowlineError('INVALID_ARGUMENT', "--remote can't be used without --to-remote");
}

/** DVC's words. */
function checkWorktreeFlags({ revision, noDownload, toRemote }: UpdateRequest): void {
  const flag = revision !== undefined ? '--rev' : noDownload === true ? '--no-download' : toRemote === true ? '--to-remote' : undefined;
  if (flag !== undefined) throw new TowlineError('INVALID_ARGUMENT', `${flag} can't be used with worktree update`);
}

/** Brings the outputs of a stage up to date with a remote that mirrors the workspace; its file is written when all of them are there. */
async function followRemote(repo: Repo, stage: Stage, { signal, jobs, force }: UpdateRequest & CallOptions): Promise<Omit<UpdateResult, 'staged'>> {
  const updated: Updated[] = [];
  const failed: { readonly path: string; readonly reason: string }[] = [];
  const noted = new Map<Output, ReadonlyMap<string, Meta>>();
  const outputs: Output[] = [];
  for (const output of stage.outputs) {
    const followed = output.place === 'repository' && output.cache && output.push ? await updateOutput(repo, { stage, output }, { ...signalOf({ ...(signal && { signal }) }), ...(jobs !== undefined && jobs > 0 && { jobs }), ...(force !== undefined && { force }) }) : undefined;
    outputs.push(followed?.kind === 'changed' ? followed.output : output);
    if (followed?.kind === 'changed') noted.set(followed.output, followed.metas);
    if (followed?.kind === 'unknown') failed.push({ path: output.path, reason: followed.reason });
    else if (followed) updated.push({ from: '', path: output.path, file: stage.file, isChanged: followed.kind === 'changed', isWorktree: true });
  }
  const edits = await recordVersions(repo, [{ ...stage, outputs }], { noted, ...(signal && { signal }) });
  applyEdits(repo.lent.disk, repo.root, edits);
  return { updated, failed, files: edits.filter(({ before, after }) => before !== after).map(({ file }) => file) };
}

async function updateStage(repo: Repo, stage: Stage, updating: Updating): Promise<Stage | undefined> {
  const [dependency] = stage.dependencies;
  if (dependency?.kind === 'path' || dependency?.kind === 'url') return updateFromUrl(repo, { stage, dependency }, { ...updating, ...signalOf(updating) });
  return dependency?.kind === 'repo' ? updateFromRepo(repo, { stage, dependency }, updating) : undefined;
}

function describe(repo: Repo, stage: Stage, { cwd, isChanged }: { readonly cwd: string; readonly isChanged: boolean }): Updated {
  const [dependency] = stage.dependencies;
  const from = dependency?.kind === 'path' || dependency?.kind === 'url' ? shownSource(repo, dependency.written, { folder: stage.workingFolder, cwd }) : dependency?.kind === 'repo' ? shownImport(dependency) : '';
  return { from, path: stage.outputs[0]?.path ?? '', file: stage.file, isChanged, isWorktree: false };
}
