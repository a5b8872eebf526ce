import { basename, dirname, resolve } from 'node:path';

import { makeFolders } from '../../disk/folders.ts';
import { exists, followFile, readText } from '../../disk/read.ts';
import { TowlineError } from '../../errors.ts';
import type { CallOptions } from '../../storage/call.ts';
import { gitignoreMoves } from '../add/gitignore-edits.ts';
import { locateAddable } from '../add/locate-addable.ts';
import { refuseBusy } from '../busy.ts';
import { forgetPlaced, noteStored, readPlaced } from '../checkout/placed.ts';
import { locateTarget, pathInRoot } from '../collect/locate.ts';
import { observe } from '../collect/observe.ts';
import { collectStages } from '../collect/stages.ts';
import { applyEdits } from '../edits.ts';
import { updateDvcFile } from '../files/dvc-file.ts';
import { folderOf, relativePath } from '../files/place.ts';
import { stageHash } from '../files/stage-hash.ts';
import { autostage } from '../git/autostage.ts';
import { refuseTracked } from '../git/tracked.ts';
import type { Repo } from '../repo.ts';
import { type Dependency, type Edit, type Output, type Stage, stageAddress } from '../stage.ts';

/** What lies where, and where it is to lie: an output, and its new path or the folder for it. */
export interface MoveRequest {
  readonly from: string;
  readonly to: string;
  readonly cwd: string;
}

/** The output's paths before and after, relative to the root. `files`: what Git should be given; `missing`: there was no data to move. */
export interface MoveResult {
  readonly from: string;
  readonly to: string;
  readonly files: readonly string[];
  readonly missing: boolean;
  readonly staged: boolean;
}

/**
 * Moves tracked data, and its `.dvc` file when that has the data's name; the data is recorded as it was, also when it has changed since. Nothing
 * is overwritten (DVC replaces a file that is in the way). Cut off between the data and its files, the same command again ends the move.
 */
export async function move(repo: Repo, request: MoveRequest, call: CallOptions = {}): Promise<MoveResult> {
  const from = locateTarget(repo, request.from, request.cwd);
  const { stage, output } = findMovable(await collectStages(repo.workspace), from, request.from);
  const to = await destination(repo, request, { output, call });
  const moved = relocated(stage, output, to);
  const missing = !exists(`${repo.root}/${from}`);
  const stages = stageEdits(repo, stage, moved);
  await refuseInTheWay(repo, { to, stages, isMoved: missing });
  await refuseBusy(repo, { writes: [from, to] });
  const ignored = await gitignoreMoves(repo, from, to);
  if (!missing) moveData(repo, from, to);
  applyEdits(repo.lent.disk, repo.root, [...ignored, ...stages]);
  const placed = readPlaced(repo).get(from);
  forgetPlaced(repo, [from]);
  if (placed !== undefined) noteStored(repo, [[to, placed]]);
  // A '.gitignore' that is gone with its last line is left for its owner to stage, as DVC does it.
  const files = [...ignored.filter(({ after }) => after !== undefined), ...stages].map(({ file }) => file);
  return { from, to, files, missing: missing && !exists(`${repo.root}/${to}`), staged: await autostage(repo, files) };
}

function findMovable(stages: readonly Stage[], from: string, typed: string): { readonly stage: Stage; readonly output: Output } {
  for (const stage of stages) {
    const output = stage.outputs.find(({ place, path }) => place === 'repository' && path === from);
    if (!output) continue;
    if (stage.command === undefined && stage.name === undefined) return { stage, output };
    throw new TowlineError('INVALID_ARGUMENT', `move is not permitted for stages that are not data sources. You need to either move '${stageAddress(stage)}' to a new location and edit it by hand, or remove '${stageAddress(stage)}' and create a new one at the desired location.`);
  }
  const parent = stages.flatMap(({ outputs }) => outputs).find(({ path }) => from.startsWith(`${path}/`));
  const hint = parent ? `It lies in '${parent.path}', which is tracked as a whole: move the file yourself, then 'tow commit ${parent.path}'.` : "'tow data status --unchanged' names what is tracked.";
  throw new TowlineError('NOT_FOUND', `Unable to find DVC file with output '${typed}'`, { hint });
}

/** Into a folder that is there, under the same name; a folder that is the output itself, moved by a command that was cut off, is no folder to move into. */
async function destination(repo: Repo, { from, to: target, cwd }: MoveRequest, { output, call }: { readonly output: Output; readonly call: CallOptions }): Promise<string> {
  if (pathInRoot(repo, target, cwd) === undefined) throw new TowlineError('INVALID_ARGUMENT', `stage working dir '${dirname(resolve(cwd, target))}' is outside of DVC repo`);
  const to = locateAddable(repo, target, cwd);
  if (followFile(`${repo.root}/${to}`)?.kind !== 'folder') return to;
  if (!exists(`${repo.root}/${output.path}`)) {
    const there: Output = { ...output, path: to };
    const now = (await observe(repo, [there], call)).get(there);
    if (now?.kind === 'directory' && now.oid === output.hash?.value) return to;
  }
  return locateAddable(repo, `${target.replace(/\/+$/, '')}/${basename(from.replace(/\/+$/, ''))}`, cwd);
}

function relocated(stage: Stage, output: Output, to: string): Stage {
  const isNamesake = stage.file === `${output.path}.dvc`;
  const file = isNamesake ? `${to}.dvc` : stage.file;
  const workingFolder = isNamesake ? folderOf(to) : stage.workingFolder;
  const outputs = stage.outputs.map((one): Output => (one === output ? { ...one, path: to, written: relativePath(workingFolder, to) } : one));
  const dependencies = stage.dependencies.map((one): Dependency => (one.kind === 'path' && one.place === 'repository' ? { ...one, written: relativePath(workingFolder, one.path) } : one));
  const fresh: Stage = { ...stage, file, workingFolder, outputs, dependencies };
  return stage.md5 === undefined ? fresh : { ...fresh, md5: stageHash(fresh) };
}

interface Way {
  readonly to: string;
  readonly stages: readonly Edit[];
  /** The data is there already, or nowhere. */
  readonly isMoved: boolean;
}

async function refuseInTheWay(repo: Repo, { to, stages, isMoved }: Way): Promise<void> {
  const taken = stages.find(({ before, after }) => before !== undefined && after !== undefined && !(isMoved && before === after));
  if (stages.length > 1 && taken) throw new TowlineError('ALREADY_EXISTS', `'${taken.file}' already exists`);
  if (!isMoved && exists(`${repo.root}/${to}`)) throw new TowlineError('ALREADY_EXISTS', `'${to}' is there already`, { hint: 'Nothing was moved. Remove it, or choose another name.' });
  if (repo.workspace.git) await refuseTracked(repo.workspace.git, [to]);
}

/** The new `.dvc` file goes down before the old one goes away; in it everything else is kept, comments too. A new one that is there already is from a move that was cut off. */
function stageEdits(repo: Repo, stage: Stage, moved: Stage): readonly Edit[] {
  const before = readText(`${repo.root}/${stage.file}`);
  const after = updateDvcFile(before, moved);
  return stage.file === moved.file ? [{ file: stage.file, before, after }] : [{ file: moved.file, before: readText(`${repo.root}/${moved.file}`), after }, { file: stage.file, before, after: undefined }];
}

function moveData(repo: Repo, from: string, to: string): void {
  makeFolders(repo.lent.disk, `${repo.root}/${folderOf(to)}`);
  repo.lent.disk.rename(`${repo.root}/${from}`, `${repo.root}/${to}`);
}
