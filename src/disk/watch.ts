/** Takes note of all that is read from the disk meanwhile, by whomever: what it saw decides what came of the work. */
export interface Watch {
  /** Every path that was looked at, there or not; true where it may be a folder whose names, or times, were asked for. */
  readonly paths: ReadonlyMap<string, boolean>;
  /** The folders all of whose files were found as a memory has them, and that memory's file. */
  readonly same: ReadonlyMap<string, string>;
  /** Something was read that is not noted here: a file in part, another program, the net, a folder whose files are no longer as they were, too many paths; or something was written. */
  isIncomplete(): boolean;
  end(): void;
}

interface Notes {
  readonly paths: Map<string, boolean>;
  readonly same: Map<string, string>;
  readonly scanned: Set<string>;
  isUnknown: boolean;
}

/** To look at more than that again costs more than it spares, and their names take 20 MB. */
const MOST_PATHS = 100_000;

const watching = new Set<Notes>();

/** Begins a watch. What others in this process read meanwhile is noted too: too much is no fault, too little would be one. */
export function watchReads(): Watch {
  const notes: Notes = { paths: new Map(), same: new Map(), scanned: new Set(), isUnknown: false };
  watching.add(notes);
  return {
    paths: notes.paths,
    same: notes.same,
    isIncomplete: () => notes.isUnknown || [...notes.scanned].some((folder) => !notes.same.has(folder)),
    end: () => { watching.delete(notes); },
  };
}

export function noteRead(path: string, isListed = false): void {
  for (const notes of watching) {
    if (notes.isUnknown) continue;
    notes.paths.set(path, isListed || notes.paths.get(path) === true);
    if (notes.paths.size > MOST_PATHS) giveUp(notes);
  }
}

/** The files below a folder are looked at one by one; whoever finds all of them as they were says so by {@link noteSame}. */
export function noteScan(folder: string): void {
  for (const { scanned, same } of watching) {
    scanned.add(folder);
    same.delete(folder);
  }
}

export function noteSame(folder: string, memory: string): void {
  for (const { same } of watching) same.set(folder, memory);
}

export function noteUnknown(): void {
  for (const notes of watching) giveUp(notes);
}

function giveUp(notes: Notes): void {
  notes.isUnknown = true;
  notes.paths.clear();
}
