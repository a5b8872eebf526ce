import type { Oid } from '../odb/hash-info.ts';
import type { Repo } from './repo.ts';

/** Tells whoever watches of objects on their way: bytes as they pass, each object when it has arrived or failed. */
export function progressOf(repo: Repo): { readonly onBytes: (bytes: number) => void; readonly onSettled: (oid: Oid) => void } {
  return {
    onBytes: (bytes) => repo.lent.report?.({ kind: 'advance', files: 0, bytes }),
    onSettled: () => repo.lent.report?.({ kind: 'advance', files: 1, bytes: 0 }),
  };
}
