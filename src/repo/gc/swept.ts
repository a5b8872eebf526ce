import type { HashName, Oid } from '../../odb/hash-info.ts';
import type { Tidied } from '../../odb/object-db.ts';
import type { JobOptions } from '../../storage/storage.ts';

/** What did not go, and why. */
export interface SweepFault { readonly oid?: Oid; readonly path: string; readonly reason: string }
/** A version of a file on a remote that keeps the files themselves. */
export interface SweptVersion { readonly path: string; readonly versionId: string; readonly size?: number }
/** What went, or would go, from one place. */
export interface Swept {
  readonly place: 'cache' | 'remote';
  /** Of a remote its name, of the cache DVC's word for the kind: 'repo' or 'legacy'. */
  readonly name: string;
  readonly hash: HashName;
  /** Of the cache: where an object lies in it. */
  readonly folder?: string;
  readonly count: number;
  readonly bytes: number;
  readonly objects: readonly Oid[];
  /** Only of a remote that keeps the files themselves: it has versions in place of objects. */
  readonly versions?: readonly SweptVersion[];
  readonly failed: readonly SweepFault[];
  /** Of a registry: in how many pieces objects lay, and lie now. */
  readonly tidied?: Tidied;
}
/** Where something was found that nobody uses. */
export interface Sweepable {
  readonly found: Swept;
  sweep(call: JobOptions): Promise<Swept>;
}
