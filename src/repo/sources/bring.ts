import { makeFolders, removeTree } from '../../disk/folders.ts';
import { sizeOfFile } from '../../disk/read.ts';
import { storeFiles } from '../../disk/store.ts';
import { temporaryPath } from '../../disk/temporary.ts';
import { hasCode, TowlineError } from '../../errors.ts';
import type { DiskObjects } from '../../odb/disk-objects.ts';
import type { Oid } from '../../odb/hash-info.ts';
import { moveObjects } from '../../odb/move-objects.ts';
import { openFolder } from '../../odb/open.ts';
import { createOidSetBuilder, filterOids, oidSet, type OidSet } from '../../odb/oid-set.ts';
import { createTree, serializeTree, type Tree } from '../../odb/tree.ts';
import { oidsOf } from '../../odb/tree-entries.ts';
import type { CallOptions } from '../../storage/call.ts';
import { parsePath } from '../../storage/path.ts';
import { fromBytes } from '../../storage/source.ts';
import type { Task } from '../../storage/transfer/task.ts';
import { transfer } from '../../storage/transfer/transfer.ts';
import type { Repo } from '../repo.ts';
import { unfinishedFolder } from '../unfinished.ts';
import type { Offer, Piece } from './offer.ts';

/** Data that is in the cache now, whole. */
export interface Brought {
  readonly oid: Oid;
  readonly size: number;
  /** Of a directory. */
  readonly tree?: Tree;
}

/** Where data is brought to: objects, and a folder on the same device where files grow that have no hash yet. */
export interface Hold {
  readonly lent: Repo['lent'];
  readonly objects: DiskObjects;
  readonly unfinished: string;
  readonly isShared: boolean;
}

export type BringOptions = CallOptions & { readonly jobs?: number };

export const holdOf = (repo: Repo): Hold => ({ lent: repo.lent, objects: repo.cache.objects('md5'), unfinished: unfinishedFolder(repo.lent.disk, repo.root), isShared: repo.cache.isShared });

/** Brings all of an offer into a hold, every object verified; a directory's listing comes last. Nothing else of this machine is touched. Throws what failed first. */
export async function bring(hold: Hold, offer: Offer, options: BringOptions = {}): Promise<Brought> {
  hold.lent.report?.({ kind: 'phase', name: 'Downloading', files: offer.pieces.length });
  const named = offer.pieces.flatMap((piece) => (piece.oid === undefined ? [] : [{ ...piece, oid: piece.oid }]));
  await bringObjects(hold, { pieces: named, objects: offer.objects ?? [] }, options);
  const oids = new Map<Piece, Oid>(offer.pieces.flatMap((piece) => (piece.oid === undefined ? [] : [[piece, piece.oid] as const])));
  for (const [piece, oid] of await bringFiles(hold, offer.pieces.filter(({ oid: known }) => known === undefined), options)) oids.set(piece, oid);
  const sizeOf = (oid: Oid): number => sizeOfFile(hold.objects.fileOf(oid)) ?? 0;
  const [first] = offer.pieces;
  if (offer.kind === 'file') {
    const oid = first && oids.get(first);
    if (oid === undefined) throw new TowlineError('UNKNOWN', 'nothing was offered');
    return { oid, size: sizeOf(oid) };
  }
  const tree = createTree(offer.pieces.map((piece) => ({ relpath: piece.relpath, oid: oids.get(piece) ?? ('' as Oid) })));
  await storeListing(hold, tree, options);
  return { oid: tree.oid, size: [...oidsOf(tree.entries)].reduce((sum, oid) => sum + sizeOf(oid), 0), tree };
}

async function storeListing({ objects }: Hold, tree: Tree, options: BringOptions): Promise<void> {
  if ((await objects.present(oidSet([tree.oid]))).count > 0) return;
  async function* one(): AsyncIterable<{ oid: Oid; source: ReturnType<typeof fromBytes> }> {
    yield { oid: tree.oid, source: fromBytes(serializeTree(tree.entries)) };
  }
  for await (const { error } of objects.write(one(), options)) if (error) throw error;
}

interface Named { readonly pieces: readonly (Piece & { readonly oid: Oid })[]; readonly objects: NonNullable<Offer['objects']> }

/** Takes each object from the first place that has it. */
async function bringObjects({ objects: target, lent }: Hold, { pieces, objects: places }: Named, options: BringOptions): Promise<void> {
  const builder = createOidSetBuilder();
  for (const { oid, size } of pieces) builder.add(oid, size);
  const wanted = builder.build();
  const held = await target.present(wanted, options);
  let lacking = wanted.minus(held);
  let failure: Error | undefined;
  const report = { onBytes: (bytes: number) => lent.report?.({ kind: 'advance', files: 0, bytes }), onSettled: () => lent.report?.({ kind: 'advance', files: 1, bytes: 0 }) };
  for (const [at, place] of places.entries()) {
    if (lacking.count === 0) return;
    const there: OidSet = at === places.length - 1 ? lacking : await place.present(lacking, options);
    if (there.count === 0) continue;
    const { failed } = await moveObjects(place, target, { ...options, ...report, move: { wanted: there, held, trees: [] } });
    const bad = new Set(failed.map(({ oid }) => oid));
    failure ??= failed.find(({ error }) => !hasCode(error, 'NOT_FOUND'))?.error;
    const done = there;
    lacking = filterOids(lacking, (oid) => !done.has(oid) || bad.has(oid));
  }
  if (lacking.count === 0) return;
  const lost = pieces.filter(({ oid }) => lacking.has(oid));
  throw failure ?? lostError(lost);
}

function lostError(lost: readonly (Piece & { readonly oid: Oid })[]): TowlineError {
  const names = lost.slice(0, 10).map(({ relpath, oid }) => (relpath === '' ? oid : `'${relpath}' (${oid})`)).join(', ');
  return new TowlineError('NOT_FOUND', `${lost.length === 1 ? 'an object is' : `${lost.length} objects are`} neither in the cache of the other repository nor on its remote: ${names}`, {
    hint: "Push from where the data was made: 'tow push'.", context: { lost: lost.length },
  });
}

/** Files whose hash is not known: those of this machine are read where they lie, others grow under names of ours beside the cache. */
async function bringFiles(hold: Hold, pieces: readonly Piece[], options: BringOptions): Promise<ReadonlyMap<Piece, Oid>> {
  const near = pieces.filter(({ source }) => source?.origin?.kind === 'file');
  const far = pieces.filter((piece) => !near.includes(piece));
  const oids = await keep(hold, near.map((piece) => ({ piece, path: piece.source?.origin?.kind === 'file' ? piece.source.origin.path : '' })), { ...options, how: 'copy' });
  if (far.length === 0) return oids;
  const folder = temporaryPath(hold.unfinished);
  try {
    await download(hold, { folder, pieces: far }, options);
    const rows = far.map((piece, row) => ({ piece, path: `${folder}/${row}` }));
    return new Map([...oids, ...await keep(hold, rows, { ...options, how: 'move' })]);
  } finally {
    removeTree(hold.lent.disk, folder);
  }
}

/** Downloads bytes into files that are called by their number: a name from outside is no name here. */
export async function download({ lent }: Pick<Hold, 'lent'>, { folder, pieces }: { readonly folder: string; readonly pieces: readonly Piece[] }, { jobs, signal }: BringOptions): Promise<void> {
  makeFolders(lent.disk, folder);
  const storage = await openFolder(folder, lent, { isShared: false, links: [] });
  const tasks = pieces.map(({ source, expected }, row): Task => {
    if (!source) throw new TowlineError('UNKNOWN', 'a piece without bytes was offered');
    return { source, to: parsePath(String(row)), ...(expected && { expected }) };
  });
  const options = { wait: lent.wait, ...(signal && { signal }), ...(jobs !== undefined && { jobs }) };
  for await (const { error } of transfer(storage, tasks, { ...options, onBytes: (_task, bytes) => lent.report?.({ kind: 'advance', files: 0, bytes }) })) {
    if (error) throw error;
    lent.report?.({ kind: 'advance', files: 1, bytes: 0 });
  }
}

type Row = { readonly piece: Piece; readonly path: string };

async function keep({ lent, objects, isShared }: Hold, rows: readonly Row[], { how, signal }: BringOptions & { readonly how: 'copy' | 'move' }): Promise<ReadonlyMap<Piece, Oid>> {
  if (rows.length === 0) return new Map();
  const files = rows.map(({ path, piece }) => ({ path, size: how === 'copy' ? (piece.size ?? 0) : (sizeOfFile(path) ?? 0) }));
  const stored = await storeFiles(lent.disk, files, { name: 'md5', folder: objects.folder, how, links: ['reflink', 'copy'], shared: isShared, processors: lent.processors, ...(signal && { signal }) });
  for (const error of stored.errors.values()) throw error;
  return new Map(rows.map(({ piece }, row) => [piece, (stored.digests[row] ?? '') as Oid]));
}

