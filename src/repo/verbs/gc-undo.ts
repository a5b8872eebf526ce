import type { CallOptions } from '../../storage/call.ts';
import { type Amount, bringBack } from '../gc/set-aside.ts';
import type { Repo } from '../repo.ts';

/** What came back to the cache. */
export interface GcUndone extends Amount {
  readonly failed: readonly { readonly path: string; readonly reason: string }[];
}

/** Brings back to the cache whatever gc has taken out of it and not deleted yet. */
export async function gcUndo(repo: Repo, call: CallOptions = {}): Promise<GcUndone> {
  return await bringBack(repo, call);
}
