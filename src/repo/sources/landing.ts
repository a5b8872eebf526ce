import { basename, join, resolve } from 'node:path';

import { followFile, readText } from '../../disk/read.ts';
import { TowlineError } from '../../errors.ts';
import type { Oid } from '../../odb/hash-info.ts';
import type { CallOptions } from '../../storage/call.ts';
import { checkAddable } from '../add/check.ts';
import { gitignoreEdits } from '../add/gitignore-edits.ts';
import { locateAddable } from '../add/locate-addable.ts';
import { applyPlans } from '../checkout/apply.ts';
import { noteStored } from '../checkout/placed.ts';
import { planOutput } from '../checkout/plan.ts';
import { observe } from '../collect/observe.ts';
import { collectStages } from '../collect/stages.ts';
import { applyEdits } from '../edits.ts';
import { parseDvcFile, updateDvcFile } from '../files/dvc-file.ts';
import { isUrl } from '../files/place.ts';
import { stageHash } from '../files/stage-hash.ts';
import { autostage } from '../git/autostage.ts';
import { newOutput, newStage } from '../new-stage.ts';
import type { Repo } from '../repo.ts';
import { type Dependency, type Edit, type Output, type Stage, stageAddress } from '../stage.ts';
import type { Brought } from './bring.ts';

/** Where something is to land, as it was typed. */
export interface LandingRequest {
  /** The URL or path it comes from: its last name is the default. */
  readonly from: string;
  readonly out?: string;
  readonly cwd: string;
  readonly force?: boolean;
}

/** What an import did. Paths are relative to the root. */
export interface ImportResult {
  /** For people: where it comes from. */
  readonly from: string;
  readonly path: string;
  /** The `.dvc` file. */
  readonly file: string;
  readonly oid?: Oid;
  readonly size?: number;
  /** False where nobody was asked for data. */
  readonly isLooked: boolean;
  /** What Git should be given; `staged`: it was. */
  readonly files: readonly string[];
  readonly staged: boolean;
}

/** The name data gets when none is given: the last one of its path. What follows a '?' or '#' is no part of the path of a URL. */
export function nameOf(from: string): string {
  const path = isUrl(from) ? from.replace(/^[^:]*:\/\/[^/]*/, '').replace(/[?#].*$/s, '') : from;
  return basename(path.replace(/[\\/]+$/, ''));
}

/** The place asked for, relative to `cwd` or absolute. Refuses, in DVC's words, what is there already. */
export function landingPath({ from, out, cwd, force }: LandingRequest): string {
  const name = nameOf(from);
  const place = out === undefined || out === '' ? name : followFile(resolve(cwd, out))?.kind === 'folder' ? join(out, name) : out;
  if (place === '') throw new TowlineError('INVALID_ARGUMENT', `'${from}' has no name that the data could get here`, { hint: 'Say where it is to go.' });
  const there = followFile(resolve(cwd, place));
  if (there === undefined || force === true) return place;
  throw new TowlineError('ALREADY_EXISTS', `The ${there.kind === 'folder' ? 'directory' : 'file'} '${place}' already exists locally. \nTo override it, re-run with '--force'.`);
}

/** Where an import lands, relative to the root. Refuses what cannot be tracked there, before anything is changed or asked of anyone. */
export async function landingInRepo(repo: Repo, request: LandingRequest): Promise<string> {
  const path = locateAddable(repo, landingPath(request), request.cwd);
  const stages = await collectStages(repo.workspace);
  const other = stages.find((stage) => stage.file !== `${path}.dvc` && stage.outputs.some((output) => output.place === 'repository' && output.path === path));
  if (other) throw new TowlineError('ALREADY_EXISTS', `output '${path}' is already specified in stage: '${stageAddress(other)}'.`, { hint: `'tow remove ${stageAddress(other)}' stops tracking it there.` });
  const parents = await checkAddable(repo, [path], { stages, isHere: false });
  const [parent] = parents.values();
  if (parent) throw new TowlineError('ALREADY_EXISTS', `'${path}' lies in '${parent.output.path}', which is tracked as a whole`, { hint: "Choose another place with '-o'." });
  return path;
}

/** The stage of a fresh import. What people noted in a `.dvc` file that stood there stays. */
export function importStage(repo: Repo, path: string, imported: { readonly dependency: Dependency; readonly content: Pick<Output, 'meta'> & Partial<Pick<Output, 'hash' | 'push'>>; readonly isDone: boolean }): Stage {
  const { dependency, content, isDone } = imported;
  const file = `${path}.dvc`;
  const text = readText(`${repo.root}/${file}`);
  const before = text === undefined ? undefined : parseDvcFile(text, file);
  const old = before?.outputs.find((one) => one.path === path);
  const output: Output = { ...newOutput(path, content), ...(old && { annotations: old.annotations, push: old.push && (content.push ?? true), ...(old.remote !== undefined && { remote: old.remote }) }) };
  const stage: Stage = {
    ...newStage(output), frozen: true, dependencies: [dependency],
    ...(before?.desc !== undefined && { desc: before.desc }), ...(before?.meta !== undefined && { meta: before.meta }),
  };
  return isDone ? { ...stage, md5: stageHash(stage) } : stage;
}

/** What was brought, as an output records it. */
export function contentOf({ oid, size, tree }: Brought): Pick<Output, 'meta'> & Required<Pick<Output, 'hash'>> {
  return { hash: { name: 'md5', value: oid }, meta: tree ? { isdir: true, size, nfiles: tree.entries.length } : { size } };
}

/** Brings the output of `stage` from the cache to the workspace. What lies there is replaced only when it is saved in the cache, or `force` says so. */
export async function land(repo: Repo, stage: Stage, { force, ...call }: CallOptions & { readonly force?: boolean }): Promise<void> {
  const [output] = stage.outputs;
  if (!output?.hash) return;
  const observed = (await observe(repo, [output], call)).get(output);
  if (!observed) return;
  const plan = await planOutput(repo, { stage, output, inner: '', observed, relink: false }, call);
  if (plan.unsaved.length > 0 && force !== true) {
    throw new TowlineError('PRECONDITION_FAILED', `Can't remove the following unsaved files without confirmation. Use \`--force\` to force.\n${plan.unsaved.join('\n')}`, { hint: "Nothing was changed. 'tow add' or 'tow commit' saves them." });
  }
  for (const [, errors] of await applyPlans(repo, [plan], call)) for (const error of errors.values()) throw error;
  noteStored(repo, [[output.path, output.hash.value]]);
}

/** Writes the `.dvc` file and has Git ignore the data. Gives back what Git should be given. */
export async function track(repo: Repo, stage: Stage): Promise<{ readonly files: readonly string[]; readonly staged: boolean }> {
  const before = readText(`${repo.root}/${stage.file}`);
  const edits: Edit[] = [{ file: stage.file, before, after: updateDvcFile(before, stage) }];
  const ignored = await gitignoreEdits(repo, stage.outputs.map(({ path }) => path));
  applyEdits(repo.lent.disk, repo.root, [...edits, ...ignored]);
  const files = [...new Set([...edits, ...ignored].map(({ file }) => file))];
  return { files, staged: await autostage(repo, files) };
}
