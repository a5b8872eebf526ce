import { sizeOfFile } from '../../disk/read.ts';
import { hashFiles } from '../../disk/hash.ts';
import { storeFiles } from '../../disk/store.ts';
import { hasCode, TowlineError } from '../../errors.ts';
import { isTreeOid, type Oid } from '../../odb/hash-info.ts';
import { loadTree } from '../../odb/load-tree.ts';
import { createOidSetBuilder, type OidSet, oidSet } from '../../odb/oid-set.ts';
import { createTree, type Tree } from '../../odb/tree.ts';
import { oidsOf } from '../../odb/tree-entries.ts';
import type { CallOptions } from '../../storage/call.ts';
import type { Fault } from '../fault.ts';
import type { Repo } from '../repo.ts';
import { storeTree } from '../store-output.ts';

/** What became of the objects of DVC 2. */
export interface MigratedObjects {
  /** How many the cache has got. */
  readonly migrated: number;
  /** Those whose bytes are not what their name says: they stay where they are, and get no new name. */
  readonly damaged: readonly Fault[];
  /** Listings of directories of which the cache lacks a file: nobody knows their new names. */
  readonly waiting: readonly Oid[];
  /** The new name of an object; undefined where the cache does not have it. */
  renamed(oid: Oid): Oid | undefined;
}

/** So many files are hashed in one go. */
const BUNCH = 20_000;

/** The objects that lie as DVC 2 laid them out. */
export async function legacyObjects(repo: Repo, call: CallOptions = {}): Promise<OidSet> {
  const builder = createOidSetBuilder();
  for await (const some of repo.cache.objects('md5-dos2unix').list({ ...(call.signal && { signal: call.signal }) })) for (const oid of some.oids()) builder.add(oid, some.sizeOf(oid));
  return builder.build();
}

/**
 * Gives each object of DVC 2 its name of DVC 3 as well, without a copy where the file system can link. Each is compared with the name it has first, for under the new one nobody could tell any more.
 * A listing gets the new names of its files, which DVC leaves out: there it names files that are not there. What was done by half is done by the next call.
 */
export async function migrateObjects(repo: Repo, all: OidSet, call: CallOptions = {}): Promise<MigratedObjects> {
  const state: State = { repo, call, names: new Map(), damaged: [], waiting: [], tally: { migrated: 0 } };
  const trees: Oid[] = [];
  let bunch: Oid[] = [];
  repo.lent.report?.({ kind: 'phase', name: 'Migrating', files: all.count });
  for (const oid of all.oids()) {
    if (isTreeOid(oid)) trees.push(oid);
    else bunch.push(oid);
    if (bunch.length < BUNCH) continue;
    await migrateFiles(state, bunch);
    bunch = [];
  }
  await migrateFiles(state, bunch);
  for (const oid of trees) await migrateTree(state, oid);
  const unfit = new Set<Oid>([...state.damaged.map((fault) => fault.oid), ...state.waiting]);
  return {
    migrated: state.tally.migrated, damaged: state.damaged, waiting: state.waiting,
    renamed: (oid) => (all.has(oid) && !unfit.has(oid) ? (state.names.get(oid) ?? oid) : undefined),
  };
}

interface State {
  readonly repo: Repo;
  readonly call: CallOptions;
  /** New names, where they are others: of text with the line ends of Windows. */
  readonly names: Map<Oid, Oid>;
  readonly damaged: Fault[];
  readonly waiting: Oid[];
  readonly tally: { migrated: number };
}

async function migrateFiles({ repo, call, names, damaged, tally }: State, oids: readonly Oid[]): Promise<void> {
  const { lent, cache } = repo;
  const [source, target] = [cache.objects('md5-dos2unix'), cache.objects('md5')];
  const options = { processors: lent.processors, ...(call.signal && { signal: call.signal }) };
  const hashed = await hashFiles(oids.map((oid) => source.fileOf(oid)), { ...options, name: 'md5-dos2unix' });
  const good = oids.filter((oid, row) => {
    if (hashed.digests[row] === oid) return true;
    damaged.push({ oid, path: oid, reason: hashed.errors.get(row)?.message ?? `its bytes have md5-dos2unix ${hashed.digests[row] ?? ''}` });
    return false;
  });
  const files = good.map((oid) => ({ path: source.fileOf(oid), size: sizeOfFile(source.fileOf(oid)) ?? 0 }));
  const stored = await storeFiles(lent.disk, files, { ...options, name: 'md5', folder: target.folder, how: 'copy', links: ['reflink', 'hardlink', 'copy'], shared: cache.isShared, onAdvance: (count, bytes) => lent.report?.({ kind: 'advance', files: count, bytes }) });
  good.forEach((oid, row) => {
    const [digest, error] = [stored.digests[row], stored.errors.get(row)];
    if (error || digest === undefined) throw error ?? new TowlineError('UNKNOWN', `'${oid}' was not stored`);
    if (digest !== oid) names.set(oid, digest as Oid);
    if (stored.how[row] !== 'present') tally.migrated++;
  });
}

async function migrateTree({ repo, call, names, damaged, waiting, tally }: State, oid: Oid): Promise<void> {
  const target = repo.cache.objects('md5');
  const tree = await loadTree(oid, [repo.cache.objects('md5-dos2unix')], call).catch((error: unknown): Tree | undefined => {
    if (!hasCode(error, 'CORRUPT')) throw error;
    damaged.push({ oid, path: oid, reason: error.message });
    return undefined;
  });
  if (!tree) return;
  const renamed = createTree(Array.from(tree.entries, (entry) => ({ ...entry, oid: names.get(entry.oid) ?? entry.oid })));
  if (!target.hasAll(oidsOf(renamed.entries))) return void waiting.push(oid);
  if (renamed.oid !== oid) names.set(oid, renamed.oid);
  if ((await target.present(oidSet([renamed.oid]), call)).count > 0) return;
  await storeTree(repo, renamed, { ...call, name: 'md5' });
  tally.migrated++;
}
