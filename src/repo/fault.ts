import type { Oid } from '../odb/hash-info.ts';

/** One object that did not get where it should. `path` is one of the tracked files it is. */
export interface Fault {
  readonly oid: Oid;
  readonly path: string;
  readonly reason: string;
}
