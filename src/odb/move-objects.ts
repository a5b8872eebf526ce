import { linkedController } from '../storage/call.ts';
import type { Oid } from './hash-info.ts';
import { fileMover } from './move-files.ts';
import { type MoveQuicklyOptions, smallMover } from './move-small.ts';
import type { ObjectDb, StoreResult, WriteObjectsOptions } from './object-db.ts';
import { filterOids, oidSet, type OidSet } from './oid-set.ts';
import type { Tree } from './tree.ts';
import type { TreeEntries } from './tree-entries.ts';

/** What is to be moved: files, and trees that may follow only when every child is there. */
export interface Move {
  /** Files and trees that the target lacks and the source has. */
  readonly wanted: OidSet;
  /** Files the target has already. */
  readonly held: OidSet;
  readonly trees: readonly Tree[];
  /** Asked when the files have been moved: of the files that trees need and that are not wanted here, those the target has by then. */
  readonly others?: () => Promise<OidSet>;
}

/** What came of a move. */
export interface Moved {
  readonly done: number;
  readonly bytes: number;
  readonly failed: readonly { readonly oid: Oid; readonly error: Error }[];
  /** Trees kept back because a child is not there: a tree must never promise what is missing. */
  readonly keptBack: readonly Oid[];
}

/** What a move would do if nothing failed: sizes are those that `wanted` knows. */
export async function planMove({ wanted, held, trees, others }: Move): Promise<Moved> {
  const further = await others?.();
  const isThere = (oid: Oid): boolean => wanted.has(oid) || held.has(oid) || further?.has(oid) === true;
  const keptBack = trees.filter(({ oid, entries }) => wanted.has(oid) && !everyOid(entries, isThere)).map(({ oid }) => oid);
  const waiting = new Set<Oid>(keptBack);
  let [done, bytes, place] = [0, 0, 0];
  for (const oid of wanted.oids()) {
    const size = wanted.sizeAt(place++) ?? 0;
    if (waiting.has(oid)) continue;
    done++;
    bytes += size;
  }
  return { done, bytes, failed: [], keptBack };
}

/** Moves objects: files first, then each tree whose children are all there. A failure stops nothing but the trees above it. */
export async function moveObjects(source: ObjectDb, target: ObjectDb, options: WriteObjectsOptions & { readonly move: Move; readonly onSettled?: (oid: Oid) => void }): Promise<Moved> {
  const { move, onSettled, ...call } = options;
  const trees = new Map(move.trees.map((tree) => [tree.oid, tree]));
  const files = trees.size === 0 ? move.wanted : filterOids(move.wanted, (oid) => !trees.has(oid));
  const tally = { done: 0, bytes: 0, failed: [] as { oid: Oid; error: Error }[] };
  const arriving = move.wanted.part();
  const take = (result: StoreResult): void => {
    onSettled?.(result.oid);
    if (result.error) tally.failed.push({ oid: result.oid, error: result.error });
    else {
      arriving.mark(move.wanted.placeOf(result.oid));
      tally.done++;
      tally.bytes += result.bytes;
    }
  };
  await moveFiles(source, target, { ...call, files, take });
  const arrived = arriving.build();
  const others = await move.others?.();
  const ready: Oid[] = [];
  const keptBack: Oid[] = [];
  for (const tree of trees.values()) {
    if (!move.wanted.has(tree.oid)) continue;
    const isWhole = everyOid(tree.entries, (oid) => arrived.has(oid) || move.held.has(oid) || others?.has(oid) === true);
    (isWhole ? ready : keptBack).push(tree.oid);
  }
  if (ready.length > 0) for await (const result of target.write(source.read(oidSet(ready), call), call)) take(result);
  return { ...tally, keptBack };
}

export type MoveFilesOptions = WriteObjectsOptions & Pick<MoveQuicklyOptions, 'take'> & { readonly files: OidSet };

/** Objects that need no others, in any order: what quick verbs move goes by them, while the others come beside; then what is left of it. */
export async function moveFiles(source: ObjectDb, target: ObjectDb, { files, take, ...call }: MoveFilesOptions): Promise<void> {
  const plainly = async (wanted: OidSet, options: WriteObjectsOptions): Promise<void> => {
    if (wanted.count > 0) for await (const result of target.write(source.read(wanted, options), options)) take(result);
  };
  // So many at once as somebody said are counted in one place.
  const mover = call.jobs === undefined ? (fileMover(source, target) ?? smallMover(source, target)) : undefined;
  if (mover === undefined) return await plainly(files, call);
  const some = filterOids(files, (_oid, size) => mover.takes(size));
  const { controller, unlink } = linkedController(call.signal);
  const both = { ...call, signal: controller.signal };
  let failure: { readonly error: unknown } | undefined;
  const stop = (error: unknown): undefined => {
    failure ??= { error };
    controller.abort(error);
  };
  try {
    const [left] = await Promise.all([mover.move(some, { ...both, take }).catch(stop), plainly(files.minus(some), both).catch(stop)]);
    if (failure) throw failure.error;
    if (left) await plainly(left, call);
  } finally {
    unlink();
  }
}

function everyOid(entries: TreeEntries, isThere: (oid: Oid) => boolean): boolean {
  for (const { oid } of entries) if (!isThere(oid)) return false;
  return true;
}
