import { type ErrorCode, TowlineError } from '../errors.ts';
import type { WorkName } from './works.ts';

/** What a worker is started with. */
export interface WorkerSettings {
  readonly name: WorkName;
  readonly settings: unknown;
  /** Shared by all threads of a batch: whether to stop, and the files and bytes done. */
  readonly control: BigInt64Array;
}
/** Places in `control`. */
export const STOP = 0;
export const FILES = 1;
export const BYTES = 2;

/** Tells the others what was done. */
export function addTo(control: BigInt64Array, files: number, bytes: number): void {
  Atomics.add(control, FILES, BigInt(files));
  Atomics.add(control, BYTES, BigInt(bytes));
}

/** Rows for a worker. */
export interface Task<J> {
  readonly jobs: readonly J[];
  /** The bytes to be read for each. */
  readonly sizes: Float64Array;
}
/** What came of a task, by place in it; null where a row failed or was not reached. */
export interface Done<R> {
  readonly rows: readonly (R | null)[];
  readonly failed: readonly (readonly [number, PortableError])[];
}

/** An error of ours as plain data: a message between threads keeps no classes. */
export interface PortableError extends Pick<TowlineError, 'message' | 'hint' | 'retryable' | 'context'> {
  readonly code: ErrorCode;
}

export function portable({ code, message, hint, retryable, context }: TowlineError): PortableError {
  return { code, message, hint, retryable, context };
}

export function revive({ code, message, hint, ...rest }: PortableError): TowlineError {
  return new TowlineError(code, message, { ...rest, ...(hint !== undefined && { hint }) });
}
