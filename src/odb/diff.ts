import { compareCodePoints } from '../disk/names.ts';
import { type Change, childOf, type DataIndex, type IndexEntry } from './data-index.ts';
import type { HashInfo } from './hash-info.ts';
import { inOrder } from './tree.ts';
import { type EntryPair, pairEntries, type TreeEntries } from './tree-entries.ts';

/** How deep to look. */
export interface DiffOptions {
  /** True: every file of a directory; false: a directory is one thing. */
  readonly granular: boolean;
  /** True for what was asked for. A directory that was not, but is in the index, is looked into for what was. */
  readonly covers?: (key: string) => boolean;
  /** False: directories with the same hash are not looked into, and in others the files that are the same are left out. */
  readonly unchanged: boolean;
}

/** Changes given at once: those of a million files would be several hundred MB. */
const BATCH = 500;

/** Compares two indexes by their hashes, tracked directory by tracked directory, in the order of their names: the listings of one directory at a time are in memory, and some of its changes. */
export async function* diffIndexes(previous: DataIndex, next: DataIndex, options: DiffOptions): AsyncIterable<readonly Change[]> {
  const keys = [...new Set([...previous.entries.keys(), ...next.entries.keys()])].sort(compareCodePoints);
  for (const key of keys) {
    const pair = { previous: previous.entries.get(key), next: next.entries.get(key) };
    const isCovered = options.covers?.(key) !== false;
    const own = isCovered ? compare(pair) : undefined;
    if (own) yield [own];
    if (options.granular || !isCovered) yield* inBatches(await diffFolder({ previous, next }, pair, options));
  }
}

function* inBatches(changes: Iterable<Change>): Iterable<readonly Change[]> {
  let batch: Change[] = [];
  for (const change of changes) {
    batch.push(change);
    if (batch.length < BATCH) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

/** Takes each added file with the hash of a deleted one for that file under a new name, first come first served. */
export function pairRenames(changes: readonly Change[]): readonly Change[] {
  const gone = new Map<string, IndexEntry[]>();
  for (const change of changes) {
    if (change.kind !== 'deleted') continue;
    const queue = gone.get(hashKey(change.previous.hash));
    if (queue) queue.push(change.previous);
    else gone.set(hashKey(change.previous.hash), [change.previous]);
  }
  const taken = new Set<IndexEntry>();
  const paired = changes.map((change): Change => {
    const previous = change.kind === 'added' ? gone.get(hashKey(change.next.hash))?.shift() : undefined;
    if (previous === undefined || change.kind !== 'added') return change;
    taken.add(previous);
    return { kind: 'renamed', previous, next: change.next };
  });
  return paired.filter((change) => change.kind !== 'deleted' || !taken.has(change.previous));
}

const isSameHash = (one: HashInfo, other: HashInfo | undefined): boolean => one.name === other?.name && one.value === other.value;
const hashKey = (hash: HashInfo | undefined): string => (hash ? `${hash.name}:${hash.value}` : '');

/** An entry on either side. */
interface Pair {
  readonly previous: IndexEntry | undefined;
  readonly next: IndexEntry | undefined;
}

/** Only hashes are compared: a thing without one is as good as none. */
function compare({ previous, next }: Pair): Change | undefined {
  if (next?.hash && !previous?.hash) return { kind: 'added', next, ...(previous && { previous }) };
  if (previous?.hash && !next?.hash) return { kind: 'deleted', previous, ...(next && { next }) };
  if (!previous?.hash || !next?.hash) return undefined;
  return { kind: isSameHash(previous.hash, next.hash) ? 'unchanged' : 'modified', previous, next };
}

async function diffFolder(indexes: { readonly previous: DataIndex; readonly next: DataIndex }, { previous, next }: Pair, options: DiffOptions): Promise<Iterable<Change>> {
  const isSame = previous?.hash !== undefined && isSameHash(previous.hash, next?.hash);
  if (isSame && !options.unchanged) return [];
  const before = previous?.isFolder === true ? await indexes.previous.files(previous) : [];
  // The same hash is the same listing, so it is read once.
  const after = next?.isFolder !== true ? [] : isSame && before !== undefined ? before : await indexes.next.files(next);
  const isCovered = (change: Change): boolean => options.covers?.(change.kind === 'deleted' ? change.previous.key : change.next.key) !== false;
  if (before === undefined || after === undefined) return next && after ? unknownFiles(next, after).filter(isCovered) : [];
  const pairs = isSame ? pairWithItself(before) : pairEntries(inOrder(before), inOrder(after));
  return compareFiles({ previous, next }, pairs, { ...options, isCovered });
}

function* pairWithItself(entries: TreeEntries): Iterable<EntryPair> {
  for (const { relpath, oid } of inOrder(entries)) yield { relpath, before: oid, after: oid };
}

function* compareFiles({ previous, next }: Pair, pairs: Iterable<EntryPair>, { unchanged, isCovered }: DiffOptions & { readonly isCovered: (change: Change) => boolean }): Iterable<Change> {
  const isShared = previous?.key === next?.key && previous?.hash?.name === next?.hash?.name;
  for (const { relpath, before: old, after: now } of pairs) {
    if (isShared && old === now && !unchanged) continue;
    const nextEntry = next && now !== undefined ? childOf(next, relpath, now) : undefined;
    const previousEntry = isShared && old === now ? nextEntry : previous && old !== undefined ? childOf(previous, relpath, old) : undefined;
    const change = compare({ previous: previousEntry, next: nextEntry });
    if (change && isCovered(change)) yield change;
  }
}

/** Nothing can be said of what is in such a directory but that it is there. */
function unknownFiles(folder: IndexEntry, files: TreeEntries): readonly Change[] {
  const folders = new Set<string>();
  for (const { relpath } of files) for (let cut = relpath.indexOf('/'); cut > 0; cut = relpath.indexOf('/', cut + 1)) folders.add(relpath.slice(0, cut));
  const inner = [...folders].map((relpath): IndexEntry => ({ key: `${folder.key}/${relpath}`, isFolder: true }));
  const entries = [...inner, ...Array.from(files, ({ relpath, oid }) => childOf(folder, relpath, oid))];
  return entries.sort((a, b) => compareCodePoints(a.key, b.key)).map((next) => ({ kind: 'unknown', next }));
}
