import { followFile, readText } from '../../disk/read.ts';
import { TowlineError } from '../../errors.ts';
import type { Oid } from '../../odb/hash-info.ts';
import type { CallOptions } from '../../storage/call.ts';
import { collectStages } from '../collect/stages.ts';
import { expandGlob } from '../collect/glob.ts';
import { type Observed, observe } from '../collect/observe.ts';
import { applyEdits } from '../edits.ts';
import { parseDvcFile, updateDvcFile } from '../files/dvc-file.ts';
import { checkAddable } from '../add/check.ts';
import { checkFlags } from '../add/flags.ts';
import { bringHere, findOutside, sendAway } from '../add/outside.ts';
import { refuseBusy } from '../busy.ts';
import { noteStored } from '../checkout/placed.ts';
import { addInside } from '../add/inside.ts';
import { locateAddable } from '../add/locate-addable.ts';
import { gitignoreEdits } from '../add/gitignore-edits.ts';
import { autostage } from '../git/autostage.ts';
import { newOutput, newStage } from '../new-stage.ts';
import type { Repo } from '../repo.ts';
import { storeOutput } from '../store-output.ts';
import { type Edit, isImport, type Output, type Stage } from '../stage.ts';
import { carryVersions } from '../versioned/carry-versions.ts';

/** What to track. */
export interface AddRequest {
  readonly targets: readonly string[];
  readonly cwd: string;
  readonly glob?: boolean;
  readonly noCommit?: boolean;
  readonly noRelink?: boolean;
  readonly force?: boolean;
  /** Where data from elsewhere is to lie. */
  readonly out?: string;
  /** Brings the data right to a remote; `remote` names it. */
  readonly toRemote?: boolean;
  readonly remote?: string;
  readonly remoteJobs?: number;
}

/** What an add did. `files`: what Git should be given, relative to the working folder; `staged`: it already was. */
export interface AddResult {
  readonly added: readonly { readonly path: string; readonly oid: Oid; readonly size: number; readonly nfiles?: number }[];
  readonly files: readonly string[];
  readonly staged: boolean;
}

/** Tracks files and directories: their bytes go to the cache, a `.dvc` file beside each says what they are, Git is told to ignore them. */
export async function add(repo: Repo, request: AddRequest, call: CallOptions = {}): Promise<AddResult> {
  checkFlags(request);
  if (request.toRemote === true) return addToRemote(repo, request, call);
  if (request.out !== undefined) {
    const outside = findOutside(repo, request);
    await checkAddable(repo, [outside.path], { stages: await collectStages(repo.workspace), isHere: false });
    await bringHere(repo, outside, call);
    const { out: _out, ...rest } = request;
    return add(repo, { ...rest, targets: [outside.path], cwd: repo.root }, call);
  }
  const targets = request.glob === true ? matchGlobs(request) : request.targets;
  const paths = targets.map((target) => locateAddable(repo, target, request.cwd));
  const stages = await collectStages(repo.workspace);
  const parents = await checkAddable(repo, paths, { stages, isHere: true });
  await refuseBusy(repo, { writes: paths.map((path) => parents.get(path)?.output.path ?? path) });
  const edits: Edit[] = [];
  const added: AddResult['added'][number][] = [];
  const kept = await keptFromDvc2(repo, oldOutputs(stages, new Set(paths.filter((path) => !parents.has(path)))), { ...request, ...call });
  for (const path of paths.filter((one) => !kept.has(one))) {
    const parent = parents.get(path);
    const stored = parent ? await addInside(repo, { path, ...parent }, { ...request, ...call }) : await storeTarget(repo, path, { ...request, ...call });
    const stage = parent ? replaceOutput(parent.stage, parent.output, stored) : await stageOf(repo, path, stored);
    const before = readText(`${repo.root}/${stage.file}`);
    edits.push({ file: stage.file, before, after: updateDvcFile(before, stage) });
    added.push(describe(parent?.output.path ?? path, stored));
  }
  const ignored = repo.workspace.git ? await gitignoreEdits(repo, paths.filter((path) => !parents.has(path))) : [];
  const all = [...edits, ...ignored].filter(({ before, after }) => before !== after);
  applyEdits(repo.lent.disk, repo.root, all);
  if (request.noCommit !== true) noteStored(repo, added.map(({ path, oid }) => [path, oid]));
  const files = [...new Set([...[...kept].map((path) => `${path}.dvc`), ...[...edits, ...ignored].map(({ file }) => file)])];
  return { added, files, staged: await autostage(repo, files) };
}

/** Those of the wanted that DVC 2 recorded. */
const oldOutputs = (stages: readonly Stage[], wanted: ReadonlySet<string>): readonly Output[] =>
  stages.filter(({ name }) => name === undefined).flatMap(({ outputs }) => outputs.filter(({ hashName, place, path }) => hashName !== 'md5' && place === 'repository' && wanted.has(path)));

/** What DVC 2 recorded and has not changed since keeps its hash. Gives back the paths. */
async function keptFromDvc2(repo: Repo, outputs: readonly Output[], { noCommit, noRelink, ...call }: AddRequest & CallOptions): Promise<ReadonlySet<string>> {
  const kept = new Set<string>();
  const observed = await observe(repo, outputs, call);
  for (const output of outputs) {
    const now = observed.get(output);
    if (!now || now.kind === 'absent' || now.oid !== output.hash?.value) continue;
    await storeOutput(repo, output.path, { ...call, name: output.hashName, isFolder: now.kind === 'directory', intoCache: noCommit !== true, relink: noRelink !== true });
    kept.add(output.path);
  }
  return kept;
}

/** The workspace gets the `.dvc` file alone. */
async function addToRemote(repo: Repo, request: AddRequest, call: CallOptions): Promise<AddResult> {
  const outside = findOutside(repo, request);
  const parents = await checkAddable(repo, [outside.path], { stages: await collectStages(repo.workspace), isHere: false });
  const [parent] = parents.values();
  if (parent) throw new TowlineError('ALREADY_EXISTS', `'${outside.path}' lies in '${parent.output.path}', which is tracked as a whole`, { hint: `Choose another place with '-o', or add it without '--to-remote'.` });
  const remote = repo.remote(repo.workspace, { command: 'add --to-remote', ...(request.remote !== undefined && { name: request.remote }) });
  try {
    const target = await remote.objects('md5');
    const sent = await sendAway(repo, outside, { ...call, target, ...(request.remoteJobs !== undefined && { jobs: request.remoteJobs }) });
    const stage = await stageOf(repo, outside.path, sent);
    const before = readText(`${repo.root}/${stage.file}`);
    const edit: Edit = { file: stage.file, before, after: updateDvcFile(before, stage) };
    applyEdits(repo.lent.disk, repo.root, [edit]);
    return { added: [describe(outside.path, sent)], files: [stage.file], staged: await autostage(repo, [stage.file]) };
  } finally {
    await remote.close();
  }
}

/** What patterns match, without the `.dvc` files among it. */
function matchGlobs({ targets, cwd }: AddRequest): readonly string[] {
  const names = expandGlob(targets, { cwd, folder: '', known: [] }).filter((name) => !name.endsWith('.dvc'));
  if (names.length > 0) return names;
  throw new TowlineError('NOT_FOUND', `Glob [${targets.map((target) => `'${target}'`).join(', ')}] has no matches.`);
}

async function storeTarget(repo: Repo, path: string, request: AddRequest & CallOptions): Promise<Exclude<Observed, { kind: 'absent' }>> {
  const isFolder = followFile(`${repo.root}/${path}`)?.kind === 'folder';
  return storeOutput(repo, path, { name: 'md5', isFolder, intoCache: request.noCommit !== true, relink: request.noRelink !== true, ...(request.signal && { signal: request.signal }) });
}

/** The stage of a target: what its `.dvc` file says already is kept, only the content is new. */
async function stageOf(repo: Repo, path: string, stored: Exclude<Observed, { kind: 'absent' }>): Promise<Stage> {
  const file = `${path}.dvc`;
  const text = readText(`${repo.root}/${file}`);
  const before = text === undefined ? undefined : parseDvcFile(text, file);
  const output = before?.outputs.find((one) => one.path === path);
  // Data that is added is no import any more.
  if (before && output && !isImport(before)) return replaceOutput(before, output, stored);
  if (before && !output && before.outputs.length > 0) {
    throw new TowlineError('ALREADY_EXISTS', `'${file}' tracks '${before.outputs[0]?.path ?? ''}', not '${path}'`, { hint: `Remove or rename '${file}' first.` });
  }
  return newStage(newOutput(path, contentOf(stored)));
}

/** The same stage with new content for one of its outputs. */
export function replaceOutput(stage: Stage, output: Output, stored: Exclude<Observed, { kind: 'absent' }>): Stage {
  const { files: _files, ...kept } = output;
  const fresh: Output = { ...kept, hashName: 'md5', ...contentOf(stored), ...carryVersions(output, stored) };
  return { ...stage, outputs: stage.outputs.map((one) => (one === output ? fresh : one)) };
}

function contentOf(stored: Exclude<Observed, { kind: 'absent' }>): Pick<Output, 'meta'> & Required<Pick<Output, 'hash'>> {
  if (stored.kind === 'file') return { hash: { name: 'md5', value: stored.oid }, meta: { size: stored.size, ...(stored.isexec && { isexec: true as const }) } };
  return { hash: { name: 'md5', value: stored.oid }, meta: { size: stored.size, nfiles: stored.entries.length } };
}

function describe(path: string, stored: Exclude<Observed, { kind: 'absent' }>): AddResult['added'][number] {
  return stored.kind === 'file' ? { path, oid: stored.oid, size: stored.size } : { path, oid: stored.oid, size: stored.size, nfiles: stored.entries.length };
}

