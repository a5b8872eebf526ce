import { type Change, childOf, type DataIndex, type IndexEntry } from './data-index.ts';
import type { HashInfo } from './hash-info.ts';
import { compareCodePoints, type TreeEntry } from './tree.ts';

/** How deep to look. */
export interface DiffOptions {
  /** True: every file of a directory; false: a directory is one thing. */
  readonly granular: boolean;
  /** True for what was asked for. A directory that was not, but is in the index, is looked into for what was. */
  readonly covers?: (key: string) => boolean;
  /** False: directories with the same hash are not looked into. */
  readonly unchanged: boolean;
}

/** Compares two indexes by their hashes, tracked directory by tracked directory, in the order of their names: one directory at a time is in memory. */
export async function* diffIndexes(previous: DataIndex, next: DataIndex, options: DiffOptions): AsyncIterable<readonly Change[]> {
  const keys = [...new Set([...previous.entries.keys(), ...next.entries.keys()])].sort(compareCodePoints);
  for (const key of keys) {
    const pair = { previous: previous.entries.get(key), next: next.entries.get(key) };
    const isCovered = options.covers?.(key) !== false;
    const own = isCovered ? compare(pair) : [];
    const inner = options.granular || !isCovered ? await diffFolder({ previous, next }, pair, options) : [];
    if (own.length + inner.length > 0) yield [...own, ...inner];
  }
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

const hashKey = (hash: HashInfo | undefined): string => (hash ? `${hash.name}:${hash.value}` : '');

/** An entry on either side. */
interface Pair {
  readonly previous: IndexEntry | undefined;
  readonly next: IndexEntry | undefined;
}

/** Only hashes are compared: a thing without one is as good as none. */
function compare({ previous, next }: Pair): readonly Change[] {
  if (next?.hash && !previous?.hash) return [{ kind: 'added', next, ...(previous && { previous }) }];
  if (previous?.hash && !next?.hash) return [{ kind: 'deleted', previous, ...(next && { next }) }];
  if (!previous?.hash || !next?.hash) return [];
  return [{ kind: hashKey(previous.hash) === hashKey(next.hash) ? 'unchanged' : 'modified', previous, next }];
}

async function diffFolder(indexes: { readonly previous: DataIndex; readonly next: DataIndex }, { previous, next }: Pair, options: DiffOptions): Promise<readonly Change[]> {
  const isSame = previous?.hash !== undefined && hashKey(previous.hash) === hashKey(next?.hash);
  if (isSame && !options.unchanged) return [];
  const before = previous?.isFolder === true ? await indexes.previous.files(previous) : [];
  // The same hash is the same listing, so it is read once.
  const after = next?.isFolder !== true ? [] : isSame && before !== undefined ? before : await indexes.next.files(next);
  const isCovered = (change: Change): boolean => options.covers?.(change.kind === 'deleted' ? change.previous.key : change.next.key) !== false;
  if (before === undefined || after === undefined) return next && after ? unknownFiles(next, after).filter(isCovered) : [];
  return compareFiles({ previous, next }, before, after).filter(isCovered);
}

function compareFiles({ previous, next }: Pair, before: readonly TreeEntry[], after: readonly TreeEntry[]): readonly Change[] {
  const [left, right] = [new Map(before.map(({ relpath, oid }) => [relpath, oid])), new Map(after.map(({ relpath, oid }) => [relpath, oid]))];
  const names = [...new Set([...left.keys(), ...right.keys()])].sort(compareCodePoints);
  return names.flatMap((relpath) => {
    const [old, now] = [left.get(relpath), right.get(relpath)];
    return compare({ previous: previous && old && childOf(previous, relpath, old), next: next && now && childOf(next, relpath, now) });
  });
}

/** Nothing can be said of what is in such a directory but that it is there. */
function unknownFiles(folder: IndexEntry, files: readonly TreeEntry[]): readonly Change[] {
  const folders = new Set<string>();
  for (const { relpath } of files) for (let cut = relpath.indexOf('/'); cut > 0; cut = relpath.indexOf('/', cut + 1)) folders.add(relpath.slice(0, cut));
  const inner = [...folders].map((relpath): IndexEntry => ({ key: `${folder.key}/${relpath}`, isFolder: true }));
  const entries = [...inner, ...files.map(({ relpath, oid }) => childOf(folder, relpath, oid))];
  return entries.sort((a, b) => compareCodePoints(a.key, b.key)).map((next) => ({ kind: 'unknown', next }));
}
