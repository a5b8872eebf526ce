import { dirname } from 'node:path/posix';

import { joinJobs, mapJobs } from '../../disk/batch.ts';
import type { Disk } from '../../disk/disk.ts';
import { makeFolders, removeTree } from '../../disk/folders.ts';
import { placeFiles, type PlaceJob } from '../../disk/place.ts';
import { listFolder, statFile } from '../../disk/read.ts';
import { type HashName, isTreeOid } from '../../odb/hash-info.ts';
import { copyOids, packOids } from '../../odb/oid-column.ts';
import { entriesOf, filterEntries, pairEntries } from '../../odb/tree-entries.ts';
import type { CallOptions } from '../../storage/call.ts';
import { FILES_KEY, scanFiles, scanOutput } from '../collect/observe.ts';
import type { Repo } from '../repo.ts';
import { unfinishedFolder } from '../unfinished.ts';
import { type OutputPlan, type Placement, placementOf } from './plan.ts';

/** Files that could not be placed, with the reason, by plan. */
export type PlaceErrors = ReadonlyMap<OutputPlan, ReadonlyMap<string, Error>>;

/** Carries out the plans: new files first; what goes is removed only when all its successors are there, unless it stands in their way. Remembers what it placed. */
export async function applyPlans(repo: Repo, plans: readonly OutputPlan[], call: CallOptions = {}): Promise<PlaceErrors> {
  const errors = new Map<OutputPlan, ReadonlyMap<string, Error>>();
  for (const name of new Set(plans.flatMap(({ selected }) => selected.output.hash?.name ?? []))) {
    const members = plans.filter(({ selected }) => selected.output.hash?.name === name);
    for (const plan of members) clearTheWay(repo, plan);
    for (const [plan, failed] of await placeAll(repo, members, { ...call, name })) errors.set(plan, failed);
    for (const plan of members) finishOutput(repo, plan);
    await remember(repo, members, { name, errors });
  }
  return errors;
}

/** A file where a folder must be, or a folder where a file must be, goes before: it is in the cache, or was given up by whoever forced this. */
function clearTheWay(repo: Repo, plan: OutputPlan): void {
  const { disk } = repo.lent;
  const { path, clear, change, place, remove } = plan;
  if (clear) removeTree(disk, `${repo.root}/${path}`);
  if (clear || change !== 'modified') return;
  const files = new Set(Array.from(place, (entry) => placementOf(plan, entry).path));
  const folders = new Set<string>();
  for (const file of files) for (const folder of foldersOf(file, path)) folders.add(folder);
  for (const file of remove) if (folders.has(file) || foldersOf(file, path).some((folder) => files.has(folder))) disk.remove(`${repo.root}/${file}`);
  for (const file of files) removeEmptyFolders(disk, `${repo.root}/${file}`);
}

/** The folders a file lies in, below `top`. */
function foldersOf(file: string, top: string): readonly string[] {
  const folders: string[] = [];
  for (let at = dirname(file); at.length > top.length; at = dirname(at)) folders.push(at);
  return folders;
}

function removeEmptyFolders(disk: Disk, path: string): void {
  if (statFile(path)?.kind !== 'folder') return;
  for (const { name } of listFolder(path)) removeEmptyFolders(disk, `${path}/${name}`);
  if (listFolder(path).length === 0) disk.remove(path);
}

async function placeAll(repo: Repo, plans: readonly OutputPlan[], options: CallOptions & { readonly name: HashName }): Promise<PlaceErrors> {
  const { name, ...call } = options;
  const { cache, lent, root } = repo;
  const objects = cache.objects(name);
  const jobOf = ({ path, oid, executable }: Placement): PlaceJob => ({ from: objects.fileOf(oid), to: `${root}/${path}`, executable, expected: { name, digest: oid } });
  const jobs = joinJobs(plans.map((plan) => mapJobs(plan.place, (entry) => jobOf(placementOf(plan, entry)))));
  if (jobs.length === 0) return new Map();
  lent.report?.({ kind: 'phase', name: 'Placing', files: jobs.length });
  const onAdvance = (files: number, bytes: number): void => lent.report?.({ kind: 'advance', files, bytes });
  const placed = await placeFiles(lent.disk, jobs, { ...call, root, unfinished: unfinishedFolder(lent.disk, root), links: cache.links, shared: cache.isShared, processors: lent.processors, onAdvance });
  return byPlan(plans, placed.errors);
}

/** The errors of rows that run through all plans. */
function byPlan(plans: readonly OutputPlan[], rows: ReadonlyMap<number, Error>): PlaceErrors {
  const errors = new Map<OutputPlan, Map<string, Error>>();
  let row = 0;
  for (const plan of rows.size === 0 ? [] : plans) {
    for (const entry of plan.place) {
      const error = rows.get(row++);
      if (error) errors.set(plan, (errors.get(plan) ?? new Map<string, Error>()).set(placementOf(plan, entry).path, error));
    }
  }
  return errors;
}

/** Removes what is no longer part of an output, and the folders that leaves empty; an empty directory is made. */
function finishOutput(repo: Repo, { path, remove, clear, selected, missing }: OutputPlan): void {
  const { disk } = repo.lent;
  if (!clear) {
    // Where a file stood in the way of a folder, that folder is there now.
    for (const file of remove) if (statFile(`${repo.root}/${file}`)?.kind !== 'folder') disk.remove(`${repo.root}/${file}`);
    const folders = new Set(remove.map((file) => dirname(file)).filter((folder) => folder.length > path.length));
    for (const folder of [...folders].sort((a, b) => b.length - a.length)) removeEmpty(repo, folder, path);
  }
  if (missing.length === 0 && selected.output.hash && isTreeOid(selected.output.hash.value)) makeFolders(disk, `${repo.root}/${path}`);
}

function removeEmpty(repo: Repo, folder: string, above: string): void {
  // A file that took the place of a folder has no entries either.
  const isEmptyFolder = (at: string): boolean => statFile(`${repo.root}/${at}`)?.kind === 'folder' && listFolder(`${repo.root}/${at}`).length === 0;
  for (let at = folder; at.length > above.length && isEmptyFolder(at); at = dirname(at)) repo.lent.disk.remove(`${repo.root}/${at}`);
}

/** What was just placed need not be hashed by the next command. */
async function remember(repo: Repo, plans: readonly OutputPlan[], { name, errors }: { readonly name: HashName; readonly errors: PlaceErrors }): Promise<void> {
  const state = repo.cache.state(name);
  const singles: Placement[] = [];
  for (const plan of plans) {
    const failed = errors.get(plan);
    const placed = failed ? filterEntries(plan.place, (entry) => !failed.has(placementOf(plan, entry).path)) : plan.place;
    if (placed.length === 0) continue;
    if (!plan.label.endsWith('/')) {
      singles.push(...Array.from(placed, (entry) => placementOf(plan, entry)));
      continue;
    }
    const rows = await scanOutput(repo, plan.path);
    const digests = copyOids(state.match(plan.path, rows).digests);
    let row = 0;
    for (const { before, after } of pairEntries(entriesOf(rows.names, digests), placed)) {
      if (before !== undefined && after !== undefined) digests.set(row, after);
      if (before !== undefined) row++;
    }
    state.remember(plan.path, rows, { digests, summary: '' });
  }
  if (singles.length > 0) state.update(FILES_KEY, scanFiles(repo, singles.map(({ path }) => path)), { digests: packOids(singles.map(({ oid }) => oid)), summary: '' });
}
