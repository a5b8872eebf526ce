import type { Runtime } from '../../runtime.ts';
import type { CallOptions } from '../call.ts';
import type { Entry, Written } from '../driver.ts';
import type { Path } from '../path.ts';
import type { Source } from '../source.ts';
import type { Expected } from '../verified.ts';
import type { Journal } from './journal.ts';

/** One object to move. Give it more members to recognise it by: the outcome holds the very task. */
export interface Task {
  readonly source: Source;
  readonly to: Path;
  /** Checked while the bytes pass; a mismatch is CORRUPT and nothing becomes visible. */
  readonly expected?: Expected;
}
/** What became of one task. */
export type Outcome<T extends Task = Task> =
  | { readonly task: T; readonly how: Written['how']; readonly bytes: number; readonly entry: Entry; readonly error?: never }
  | { readonly task: T; readonly how: 'failed'; readonly bytes: number; readonly error: Error };

/** How much at once, what is told, and what survives. */
export interface TransferOptions<T extends Task = Task> extends CallOptions {
  /** Objects at once, just so many. Default: up to `traits.concurrency` of the target, beginning with few and doubling while that pays. */
  readonly jobs?: number;
  /** Bytes at once: an object or part counts with its size, at most 8 MiB, the memory it can keep busy. Default 64 MiB. */
  readonly bytesInFlight?: number;
  /** Objects larger than this go in parts where the target can take them. Default 64 MiB. */
  readonly partThreshold?: number;
  /** Where uploads in parts are noted, so that another process can go on with them. */
  readonly journal?: Journal;
  /** Nobody asks what the service says of the objects (etag, version, time): small ones go by the quick verbs, where both sides have them. */
  readonly isBulk?: boolean;
  /** Called with the number of bytes that just moved; a negative number takes back those of a try that failed. */
  readonly onBytes?: (task: T, bytes: number) => void;
  /** Cores that may be used at once; default 1. */
  readonly processors?: number;
  /** Bounds the clean-up after a cancellation, and passes the time until a file can be opened where too many are open. */
  readonly wait?: Runtime['wait'];
}
