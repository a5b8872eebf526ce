import type { CallOptions } from '../../storage/call.ts';
import type { Repo } from '../repo.ts';

/** How many there are, and their bytes; `unsized` of them have a size that the remote does not tell. */
export interface Amount { readonly count: number; readonly bytes: number; readonly unsized: number }
/** 'files' and 'listings' are objects, 'legacy' those of DVC 2; 'runs' the history of runs; 'kept' the files on a remote that keeps the files themselves, in their newest versions; 'other' what is not ours. */
export type StoredKind = 'files' | 'listings' | 'legacy' | 'runs' | 'kept' | 'other';
export interface RemoteDuResult {
  readonly name: string;
  readonly total: Amount;
  /** Those of which there are some. */
  readonly kinds: Readonly<Partial<Record<StoredKind, Amount>>>;
}

const NONE: Amount = { count: 0, bytes: 0, unsized: 0 };
const KINDS = { file: 'files', listing: 'listings', run: 'runs', kept: 'kept', other: 'other' } as const;

/** Counts what lies on a remote, by what it is. UNSUPPORTED where it cannot be listed. */
export async function remoteDu(repo: Repo, { name }: { readonly name?: string }, call: CallOptions = {}): Promise<RemoteDuResult> {
  const remote = repo.remote(repo.workspace, { command: 'remote du', ...(name !== undefined && { name }) });
  const kinds: Partial<Record<StoredKind, Amount>> = {};
  let total = NONE;
  try {
    for await (const entries of remote.stored({ ...(call.signal && { signal: call.signal }) })) {
      for (const entry of entries) {
        const kind = 'hash' in entry && entry.hash !== 'md5' ? 'legacy' : KINDS[entry.kind];
        kinds[kind] = plus(kinds[kind] ?? NONE, entry.size);
        total = plus(total, entry.size);
      }
    }
    return { name: remote.name, total, kinds };
  } finally {
    await remote.close();
  }
}

const plus = ({ count, bytes, unsized }: Amount, size: number | undefined): Amount => ({ count: count + 1, bytes: bytes + (size ?? 0), unsized: unsized + (size === undefined ? 1 : 0) });
