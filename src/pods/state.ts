import type { CallOptions } from '../storage/call.ts';
import type { Source } from '../storage/source.ts';
import type { PodNotes } from './pod.ts';

export const MERGE_STRATEGIES = ['overwrite', 'account-region-merge', 'service-merge'] as const;
export type MergeStrategy = (typeof MERGE_STRATEGIES)[number];

/** A state that was taken: one zip that can be opened again and in ranges, until it is disposed of. */
export interface TakenState {
  readonly zip: Source;
  readonly notes: Pick<PodNotes, 'services' | 'localstackVersion'>;
  dispose(): Promise<void>;
}
export interface TakeOptions extends CallOptions {
  /** Only these services; all where absent. */
  readonly services?: readonly string[];
}
/** What a load would do, or did, to one service (or, of a folder, to its files). */
export interface StateChange { readonly service: string; readonly added: number; readonly modified: number; readonly removed: number }

export interface PutOptions extends CallOptions {
  readonly strategy: MergeStrategy;
  /** Say what would change, and change nothing. */
  readonly isDry: boolean;
  readonly onService?: (event: { readonly service: string; readonly status: 'ok' | 'error'; readonly message?: string }) => void;
}
/** Something whose state can be taken and replaced: a folder, a zip, a running LocalStack. */
export interface StateHolder {
  /** Shown to people: 'LocalStack on http://localhost:4566', './state'. */
  readonly displayName: string;
  take(options?: TakeOptions): Promise<TakenState>;
  /** Replaces or merges; all or nothing where the holder can. The whole of `zip` is checked before the first change. */
  put(zip: Source, options: PutOptions): Promise<readonly StateChange[]>;
}
