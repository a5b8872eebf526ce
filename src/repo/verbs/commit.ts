import { readText } from '../../disk/read.ts';
import { TowlineError } from '../../errors.ts';
import type { Oid } from '../../odb/hash-info.ts';
import type { CallOptions } from '../../storage/call.ts';
import { refuseBusy, usedBy } from '../busy.ts';
import { noteStored } from '../checkout/placed.ts';
import { dependencyChanges } from '../collect/dependency-changes.ts';
import { type Observed, observe } from '../collect/observe.ts';
import { collectStages } from '../collect/stages.ts';
import { matchTargets, type Selected } from '../collect/targets.ts';
import { applyEdits } from '../edits.ts';
import { updateDvcFile } from '../files/dvc-file.ts';
import { stageHash } from '../files/stage-hash.ts';
import { isCommandChanged } from '../pipeline/locked.ts';
import { recordStages, refuseInGit } from '../pipeline/record-stages.ts';
import { isRepeatable } from '../pipeline/save-run.ts';
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

/** The files that were written anew. `locks`: those that say what pipelines made; `isNew`: it was not there before. */
export interface CommitResult {
  readonly committed: readonly string[];
  readonly locks: readonly { readonly file: string; readonly isNew: boolean }[];
}

/** Takes what tracked files are now into the cache, and into their `.dvc` files, or `dvc.lock`, where they have changed. */
export async function commit(repo: Repo, request: CommitRequest, call: CallOptions = {}): Promise<CommitResult> {
  const stages = await collectStages(repo.workspace);
  const selected = matchTargets(stages, request.targets ?? [], { ...request, root: repo.root });
  const chosen = [...new Set(selected.map(({ stage }) => stage))];
  const used = usedBy(chosen);
  await refuseBusy(repo, { reads: used.dependencies, writes: used.outputs });
  const outputs = outputsOf(selected, { force: request.force === true });
  const observed = await observe(repo, outputs.map(([output]) => output), call);
  const isOther = (output: Output): boolean => isChanged(output, observed.get(output));
  if (request.force !== true) await refuse(repo, chosen, { ...call, changed: new Set(outputs.filter(([output]) => isOther(output)).map(([, stage]) => stage)) });
  const lost = outputs.find(([output]) => observed.get(output)?.kind === 'absent');
  if (lost) throw new TowlineError('NOT_FOUND', `output '${lost[0].path}' does not exist`, { hint: `Nothing was changed. 'tow checkout ${lost[0].path}' brings it back, 'tow remove ${lost[1].file}' stops tracking it.` });
  const made = request.force === true ? chosen.filter(({ name }) => name !== undefined) : [];
  await refuseInGit(repo, made);
  const { fresh, placed } = await storeAll(repo, outputs, { ...call, observed, relink: request.noRelink !== true });
  const files = [...fresh].filter(([stage]) => stage.name === undefined && outputs.some(([output, of]) => of === stage && isOther(output))).map(([, stage]) => withOwnHash(stage));
  const edits = files.map((stage): Edit => {
    const before = readText(`${repo.root}/${stage.file}`);
    return { file: stage.file, before, after: updateDvcFile(before, stage) };
  });
  const locks = await recordStages(repo, made.map((stage) => fresh.get(stage) ?? stage), call);
  applyEdits(repo.lent.disk, repo.root, [...edits, ...locks]);
  noteStored(repo, placed);
  return { committed: [...edits, ...locks].map(({ file }) => file), locks: locks.filter(({ file }) => file.endsWith('.lock')).map(({ file, before }) => ({ file, isNew: before === undefined })) };
}

/** What is to be looked at. Of a stage that is recorded anew it is all it makes, also what is not cached. */
function outputsOf(selected: readonly Selected[], { force }: { readonly force: boolean }): readonly (readonly [Output, Stage])[] {
  const all = selected.flatMap(({ stage, output }) => (force && stage.name !== undefined ? stage.outputs : [output]).map((one) => [one, stage] as const));
  return [...new Map(all.filter(([output, stage]) => output.place === 'repository' && (output.cache || (force && stage.name !== undefined))))];
}

interface Storing extends CallOptions {
  readonly observed: ReadonlyMap<Output, Observed>;
  readonly relink: boolean;
}

/** The stages with their outputs as they are now, in the cache. */
async function storeAll(repo: Repo, outputs: readonly (readonly [Output, Stage])[], { observed, relink, ...call }: Storing): Promise<{ readonly fresh: ReadonlyMap<Stage, Stage>; readonly placed: readonly (readonly [string, Oid])[] }> {
  const fresh = new Map<Stage, Stage>();
  const placed: [path: string, oid: Oid][] = [];
  for (const [output, stage] of outputs) {
    const now = observed.get(output);
    if (!now || now.kind === 'absent') continue;
    // What DVC 2 recorded keeps its hash until it changes; from then on it is an md5 of the bytes, as DVC 3 does it.
    const name = isChanged(output, now) ? 'md5' : output.hashName;
    // What Git keeps is copied to the history of runs alone.
    const intoCache = output.cache || isRepeatable(stage);
    const stored = await storeOutput(repo, output.path, { name, isFolder: now.kind === 'directory', intoCache, relink: relink && output.cache, ...call });
    if (name === 'md5' && output.cache) placed.push([output.path, stored.oid]);
    if (name === 'md5') fresh.set(stage, replaceOutput(fresh.get(stage) ?? stage, output, stored));
  }
  return { fresh, placed };
}

/** The file of an import has a hash of what stands in it. */
const withOwnHash = (stage: Stage): Stage => (stage.md5 === undefined ? stage : { ...stage, md5: stageHash(stage) });

const isChanged = (output: Output, now: Observed | undefined): boolean => now === undefined || now.kind === 'absent' || now.oid !== output.hash?.value;

/** What has changed is recorded only when asked for twice. */
async function refuse(repo: Repo, stages: readonly Stage[], { changed, ...call }: CallOptions & { readonly changed: ReadonlySet<Stage> }): Promise<void> {
  for (const stage of stages) {
    const isOther = changed.has(stage) || (stage.name !== undefined && (Object.keys(await dependencyChanges(repo, stage, call)).length > 0 || (await isCommandChanged(repo.workspace, stage))));
    if (isOther) throw new TowlineError('PRECONDITION_FAILED', `unable to commit changed stage: '${stageAddress(stage)}'. Use \`-f|--force\` to force.`);
  }
}
