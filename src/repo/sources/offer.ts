import type { Oid } from '../../odb/hash-info.ts';
import type { ObjectDb } from '../../odb/object-db.ts';
import type { Source } from '../../storage/source.ts';
import type { Expected } from '../../storage/verified.ts';

/** One file that is offered: an object by its name, or bytes whose hash nobody knows yet. */
export interface Piece {
  /** '/'-separated, relative to what is offered; '' when that is a file itself. */
  readonly relpath: string;
  readonly size?: number;
  /** Its md5, where that is known; it is then one of `Offer.objects`. */
  readonly oid?: Oid;
  /** Without `oid`: its bytes. */
  readonly source?: Source;
  /** What the bytes must have, where the other side vouches for it. */
  readonly expected?: Expected;
}

/** Data elsewhere, listed and not yet brought: what `import`, `get` and `update` take. */
export interface Offer {
  readonly kind: 'file' | 'directory';
  readonly pieces: readonly Piece[];
  /** Where the pieces with an `oid` are: each is taken from the first that has it. */
  readonly objects?: readonly ObjectDb[];
}
