import type { With } from '../driver.ts';
import type { Gate } from '../gate.ts';
import type { Journal } from './journal.ts';
import type { TransferOptions } from './task.ts';

/** What moving one object needs to know of the transfer it belongs to. */
export interface Moving {
  readonly target: With<'write'>;
  readonly signal: AbortSignal;
  /** Room for calls and bytes, shared by all objects of the transfer. */
  readonly gate: Gate;
  readonly jobs: number;
  readonly processors: number;
  /** What an object of unknown size is taken for: as large as those before it. */
  readonly usual: number;
  readonly journal: Journal | undefined;
  readonly wait: TransferOptions['wait'];
  onBytes(bytes: number): void;
}

/** What one stream can keep busy, however long it is. */
export const STREAM_BYTES = 8 << 20;
