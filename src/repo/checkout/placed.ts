import { makeFolders, removeTree } from '../../disk/folders.ts';
import { readText } from '../../disk/read.ts';
import { replaceFile } from '../../disk/replace.ts';
import type { Oid } from '../../odb/hash-info.ts';
import type { CallOptions } from '../../storage/call.ts';
import { oidsOf } from '../../odb/tree-entries.ts';
import { observe, type Observed } from '../collect/observe.ts';
import type { Repo } from '../repo.ts';
import { newOutput } from '../new-stage.ts';
import type { Stage } from '../stage.ts';
import type { OutputPlan } from './plan.ts';

/** Which outputs this work tree has been given, and what they were: path to oid. Lets a checkout take away what no stage tracks any more. */
export type PlacedOutputs = ReadonlyMap<string, Oid>;

const fileOf = (repo: Repo): string => `${repo.root}/.dvc/tmp/towline/placed.json`;

/** Reads the record; a damaged one is as good as none. */
export function readPlaced(repo: Repo): PlacedOutputs {
  try {
    const record: unknown = JSON.parse(readText(fileOf(repo)) ?? '{}');
    return new Map(Object.entries(record as Record<string, Oid>).filter(([, oid]) => typeof oid === 'string'));
  } catch (error) {
    repo.lent.trace?.(`'${fileOf(repo)}' is damaged and is made anew: ${String(error)}`);
    return new Map();
  }
}

/** Outputs that were placed once, that no stage tracks now, that are still exactly what was placed, and that the cache has whole: nobody's work is lost with them. */
export async function abandonedOutputs(repo: Repo, stages: readonly Stage[], call: CallOptions = {}): Promise<readonly string[]> {
  const tracked = new Set(stages.flatMap(({ outputs }) => outputs.map(({ path }) => path)));
  const gone = [...readPlaced(repo)].filter(([path]) => !tracked.has(path) && ![...tracked].some((one) => path.startsWith(`${one}/`) || one.startsWith(`${path}/`)));
  if (gone.length === 0) return [];
  const outputs = gone.map(([path, value]) => newOutput(path, { hash: { name: 'md5', value }, meta: {} }));
  const observed = await observe(repo, outputs, call);
  return outputs.flatMap((output) => {
    const now = observed.get(output);
    const isSame = now && now.kind !== 'absent' && now.oid === output.hash?.value;
    return isSame && isSaved(repo, now) ? [output.path] : [];
  });
}

function isSaved(repo: Repo, now: Exclude<Observed, { kind: 'absent' }>): boolean {
  return repo.cache.objects('md5').hasAll([now.oid]) && (now.kind !== 'directory' || repo.cache.objects('md5').hasAll(oidsOf(now.entries)));
}

/** Takes an abandoned output out of the workspace. */
export function removeAbandoned(repo: Repo, path: string): void {
  removeTree(repo.lent.disk, `${repo.root}/${path}`);
}

/** Records what is placed now. */
export function rememberPlaced(repo: Repo, stages: readonly Stage[], plans: readonly OutputPlan[]): void {
  const tracked = new Set(stages.flatMap(({ outputs }) => outputs.map(({ path }) => path)));
  const after = new Map([...readPlaced(repo)].filter(([path]) => tracked.has(path)));
  for (const { path, selected, missing } of plans) {
    if (missing.length === 0 && selected.output.hash?.name === 'md5') after.set(path, selected.output.hash.value);
  }
  save(repo, after);
}

/** Records what stands in the workspace because it was taken from there into the cache: path to oid. */
export function noteStored(repo: Repo, stored: Iterable<readonly [path: string, oid: Oid]>): void {
  save(repo, new Map([...readPlaced(repo), ...stored]));
}

/** Forgets outputs that are the user's own from now on. */
export function forgetPlaced(repo: Repo, paths: readonly string[]): void {
  save(repo, new Map([...readPlaced(repo)].filter(([path]) => !paths.includes(path))));
}

function save(repo: Repo, placed: PlacedOutputs): void {
  const text = `${JSON.stringify(Object.fromEntries(placed), undefined, 1)}\n`;
  const before = readText(fileOf(repo));
  if (text === before || (before === undefined && placed.size === 0)) return;
  makeFolders(repo.lent.disk, `${repo.root}/.dvc/tmp/towline`);
  replaceFile(repo.lent.disk, fileOf(repo), text, { durable: false });
}
