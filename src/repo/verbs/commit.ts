import { readText } from '../../disk/read.ts';
import { TowlineError } from '../../errors.ts';
import type { Oid } from '../../odb/hash-info.ts';
import type { CallOptions } from '../../storage/call.ts';
import { noteStored } from '../checkout/placed.ts';
import { type Observed, observe } from '../collect/observe.ts';
import { collectStages } from '../collect/stages.ts';
import { matchTargets } from '../collect/targets.ts';
import { applyEdits } from '../edits.ts';
import { updateDvcFile } from '../files/dvc-file.ts';
import type { Repo } from '../repo.ts';
import { storeOutput } from '../store-output.ts';
import { type Edit, type Output, type Stage, stageAddress } from '../stage.ts';
import { replaceOutput } from './add.ts';

/** What to record. */
export interface CommitRequest {
  readonly targets?: readonly string[];
  readonly cwd: string;
  readonly force?: boolean;
  readonly withDeps?: boolean;
  readonly recursive?: boolean;
  readonly noRelink?: boolean;
}

/** The stages that were recorded anew, by file. */
export interface CommitResult {
  readonly committed: readonly string[];
}

/** Takes what tracked files are now into the cache, and into their `.dvc` files where they have changed. */
export async function commit(repo: Repo, request: CommitRequest, call: CallOptions = {}): Promise<CommitResult> {
  const stages = await collectStages(repo.workspace);
  const selected = matchTargets(stages, request.targets ?? [], { ...request, root: repo.root });
  const outputs = [...new Map(selected.filter(({ output }) => output.cache && output.place === 'repository').map((one) => [one.output, one.stage]))];
  const observed = await observe(repo, outputs.map(([output]) => output), call);
  const changed = outputs.filter(([output]) => isChanged(output, observed.get(output)));
  refuse(changed, { force: request.force === true });
  const lost = changed.find(([output]) => observed.get(output)?.kind === 'absent');
  if (lost) throw new TowlineError('NOT_FOUND', `output '${lost[0].path}' does not exist`, { hint: `Nothing was changed. 'tow checkout ${lost[0].path}' brings it back, 'tow remove ${lost[1].file}' stops tracking it.` });
  const fresh = new Map<Stage, Stage>();
  const placed: [path: string, oid: Oid][] = [];
  for (const [output, stage] of outputs) {
    const now = observed.get(output);
    if (!now || now.kind === 'absent') continue;
    // What DVC 2 recorded keeps its hash until it changes; from then on it is an md5 of the bytes, as DVC 3 does it.
    const name = isChanged(output, now) ? 'md5' : output.hashName;
    const stored = await storeOutput(repo, output.path, { name, isFolder: now.kind === 'directory', intoCache: true, relink: request.noRelink !== true, ...call });
    if (name === 'md5') placed.push([output.path, stored.oid]);
    if (isChanged(output, now)) fresh.set(stage, replaceOutput(fresh.get(stage) ?? stage, output, stored));
  }
  const edits = [...fresh.values()].map((stage): Edit => {
    const before = readText(`${repo.root}/${stage.file}`);
    return { file: stage.file, before, after: updateDvcFile(before, stage) };
  });
  applyEdits(repo.lent.disk, repo.root, edits);
  noteStored(repo, placed);
  return { committed: edits.map(({ file }) => file) };
}

function isChanged(output: Output, now: Observed | undefined): boolean {
  if (!now || now.kind === 'absent') return output.hash !== undefined;
  return now.oid !== output.hash?.value;
}

/** What has changed is recorded only when asked for twice; what a pipeline makes is recorded by DVC, which knows the lock's other half. */
function refuse(changed: readonly (readonly [Output, Stage])[], { force }: { readonly force: boolean }): void {
  const [first] = changed;
  if (!first) return;
  const pipeline = changed.find(([, stage]) => stage.name !== undefined);
  if (pipeline) {
    throw new TowlineError('UNSUPPORTED', `'${stageAddress(pipeline[1])}' is a stage of a pipeline, and its outputs have changed`, { hint: `Run 'dvc commit ${stageAddress(pipeline[1])}': dvc.lock also records what the stage was made from.` });
  }
  if (!force) throw new TowlineError('PRECONDITION_FAILED', `unable to commit changed stage: '${stageAddress(first[1])}'. Use \`-f|--force\` to force.`);
}
