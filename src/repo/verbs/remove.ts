import { removeTree } from '../../disk/folders.ts';
import { readText } from '../../disk/read.ts';
import { hasCode, TowlineError } from '../../errors.ts';
import type { CallOptions } from '../../storage/call.ts';
import { gitignoreRemovals } from '../add/gitignore-edits.ts';
import { refuseBusy } from '../busy.ts';
import { forgetPlaced } from '../checkout/placed.ts';
import { release } from '../checkout/release.ts';
import { collectStages } from '../collect/stages.ts';
import { matchStages, matchTargets, type Selected, type TargetOptions } from '../collect/targets.ts';
import { applyEdits } from '../edits.ts';
import { parseDvcYaml } from '../files/dvc-yaml.ts';
import { lockOf } from '../files/pipeline-stage.ts';
import { withoutStages } from '../files/without-stages.ts';
import { autostage } from '../git/autostage.ts';
import type { Repo } from '../repo.ts';
import { type Edit, type Stage, stageAddress } from '../stage.ts';

/** What to stop tracking. */
export interface RemoveRequest {
  readonly targets: readonly string[];
  readonly cwd: string;
  /** The data goes from the workspace, too. */
  readonly outs?: boolean;
}

/** The `.dvc` files and stages that are gone, and the data that went with them. */
export interface RemoveResult {
  readonly removed: readonly string[];
  readonly data: readonly string[];
}

/** Takes `.dvc` files, or stages with what `dvc.lock` says of them, and their lines in `.gitignore` away. The data stays, as files of its own, in the workspace; its objects in the cache and on the remotes. */
export async function remove(repo: Repo, request: RemoveRequest, call: CallOptions = {}): Promise<RemoveResult> {
  const stages = await collectStages(repo.workspace);
  const chosen = [...new Set(request.targets.flatMap((target) => stagesOf(stages, target, { cwd: request.cwd, root: repo.root })))];
  const files = removals(repo, chosen);
  const used = chosen.flatMap((stage) => stage.outputs.filter(({ place }) => place === 'repository').map((output) => ({ output, isTracked: output.cache || stage.name === undefined })));
  await refuseBusy(repo, { writes: used.map(({ output }) => output.path) });
  const outputs = used.filter(({ isTracked }) => isTracked).map(({ output }) => output);
  const paths = outputs.map(({ path }) => path);
  const ignores = repo.workspace.git ? gitignoreRemovals(repo, paths) : [];
  const data = request.outs === true ? used.map(({ output }) => output.path) : [];
  forgetPlaced(repo, paths);
  for (const path of data) removeTree(repo.lent.disk, `${repo.root}/${path}`);
  // What was linked could not be written to, and who writes to it nevertheless would damage the cache.
  if (request.outs !== true) for (const { path, cache } of outputs) if (cache) await release(repo, path, call);
  // The files that track it go last: as long as they are there, the command can be repeated.
  applyEdits(repo.lent.disk, repo.root, [...ignores, ...files]);
  // A '.gitignore' that is gone with its last line is left for its owner to stage, like the '.dvc' file.
  await autostage(repo, ignores.filter(({ after }) => after !== undefined).map(({ file }) => file));
  return { removed: chosen.map(stageAddress), data };
}

/** The changes that end the tracking: of each pipeline the lock before the file, so that no lock is left without it. */
function removals(repo: Repo, chosen: readonly Stage[]): readonly Edit[] {
  const names = new Map<string, Set<string>>();
  for (const { file, name } of chosen) if (name !== undefined) names.set(file, (names.get(file) ?? new Set()).add(name));
  const without = (file: string, gone: ReadonlySet<string>): readonly Edit[] => {
    const before = readText(`${repo.root}/${file}`);
    return before === undefined ? [] : [{ file, before, after: withoutStages(before, file, gone) }];
  };
  for (const [file, gone] of names) {
    const { stages } = parseDvcYaml(readText(`${repo.root}/${file}`) ?? '', file);
    const made = [...gone].find((name) => !stages.has(name));
    if (made !== undefined) throw new TowlineError('UNSUPPORTED', `cannot remove a parametrized stage: '${stageAddress({ file, name: made })}'`, { hint: `It comes out of a template: edit '${file}'.` });
  }
  return [
    ...chosen.filter(({ name }) => name === undefined).map(({ file }): Edit => ({ file, before: readText(`${repo.root}/${file}`), after: undefined })),
    ...[...names].flatMap(([file, gone]) => [...without(lockOf(file), gone), ...without(file, gone)]),
  ];
}

/** The stages of a target, which is a `.dvc` file or a stage. DVC's words for data that is named instead. */
function stagesOf(stages: readonly Stage[], target: string, where: TargetOptions): readonly Stage[] {
  try {
    return matchStages(stages, [target], where);
  } catch (error) {
    const [meant] = hasCode(error, 'NOT_FOUND') ? matchTargetsIfAny(stages, target, where) : [];
    if (meant?.stage.name !== undefined || meant?.inner !== '' || !(error instanceof Error)) throw error;
    throw new TowlineError('NOT_FOUND', `'${target}' is not a .dvc file. Do you mean '${target}.dvc'?: ${error.message}`, { cause: error });
  }
}

function matchTargetsIfAny(stages: readonly Stage[], target: string, where: TargetOptions): readonly Selected[] {
  try {
    return matchTargets(stages, [target], where);
  } catch (error) {
    if (hasCode(error, 'NOT_FOUND')) return [];
    throw error;
  }
}
