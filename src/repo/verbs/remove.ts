import { removeTree } from '../../disk/folders.ts';
import { readText } from '../../disk/read.ts';
import { TowlineError } from '../../errors.ts';
import { gitignoreRemovals } from '../add/gitignore-edits.ts';
import { forgetPlaced } from '../checkout/placed.ts';
import { collectStages } from '../collect/stages.ts';
import { matchTargets } from '../collect/targets.ts';
import { applyEdits } from '../edits.ts';
import { autostage } from '../git/autostage.ts';
import type { Repo } from '../repo.ts';
import type { Edit } from '../stage.ts';

/** What to stop tracking. */
export interface RemoveRequest {
  readonly targets: readonly string[];
  readonly cwd: string;
  /** The data goes from the workspace, too. */
  readonly outs?: boolean;
}

/** The `.dvc` files that are gone, and the data that went with them. */
export interface RemoveResult {
  readonly removed: readonly string[];
  readonly data: readonly string[];
}

/** Takes `.dvc` files and their lines in `.gitignore` away. The objects stay in the cache and on the remotes. */
export async function remove(repo: Repo, request: RemoveRequest): Promise<RemoveResult> {
  const stages = await collectStages(repo.workspace);
  const chosen = [...new Set(matchTargets(stages, request.targets, { cwd: request.cwd, root: repo.root }).map(({ stage }) => stage))];
  const pipeline = chosen.find(({ name }) => name !== undefined);
  if (pipeline) {
    throw new TowlineError('UNSUPPORTED', `'${pipeline.name ?? ''}' is a stage of '${pipeline.file}', a pipeline`, { hint: `Run 'dvc remove ${pipeline.name ?? ''}', or edit '${pipeline.file}'.` });
  }
  const outputs = chosen.flatMap((stage) => stage.outputs.filter(({ place }) => place === 'repository'));
  const files = chosen.map(({ file }): Edit => ({ file, before: readText(`${repo.root}/${file}`), after: undefined }));
  const ignores = repo.workspace.git ? gitignoreRemovals(repo, outputs.map(({ path }) => path)) : [];
  const data = request.outs === true ? outputs.map(({ path }) => path) : [];
  forgetPlaced(repo, outputs.map(({ path }) => path));
  for (const path of data) removeTree(repo.lent.disk, `${repo.root}/${path}`);
  // The '.dvc' files go last: as long as they are there, the command can be repeated.
  applyEdits(repo.lent.disk, repo.root, [...ignores, ...files]);
  // A '.gitignore' that is gone with its last line is left for its owner to stage, like the '.dvc' file.
  await autostage(repo, ignores.filter(({ after }) => after !== undefined).map(({ file }) => file));
  return { removed: chosen.map(({ file }) => file), data };
}
