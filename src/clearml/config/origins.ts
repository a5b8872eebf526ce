import type { Piece, Pieces, Place } from '../hocon/syntax.ts';

/** Where each value was written last. */
export interface Origins {
  add(written: Pieces, key: readonly string[]): void;
  /** The place of a value, or of the reference that brought it in; undefined for a default. */
  of(path: readonly string[]): Place | undefined;
  /** What stands below `from` is known below `to`, too. */
  move(from: readonly string[], to: readonly string[]): void;
}

const idOf = (path: readonly string[]): string => path.map((key) => `${key}\u0000`).join('');

export function createOrigins(): Origins {
  const places = new Map<string, { readonly place: Place; readonly isReference: boolean }>();
  const add = ({ pieces, place }: Pieces, path: readonly string[]): void => {
    if (path.length > 0) places.set(idOf(path), { place, isReference: pieces.some(({ kind }) => kind === 'reference') });
    for (const piece of pieces) addPiece(piece, path);
  };
  const addPiece = (piece: Piece, path: readonly string[]): void => {
    if (piece.kind === 'tree') for (const [key, assignments] of piece.node.fields) for (const { value } of assignments) add(value, [...path, key]);
    // A list replaces another: what the longer one said is no more.
    if (piece.kind === 'list') for (const [index, item] of piece.items.entries()) add(item, [...path, String(index)]);
  };
  return {
    add,
    of(path) {
      for (let length = path.length; length > 0; length--) {
        const found = places.get(idOf(path.slice(0, length)));
        if (found && (length === path.length || found.isReference)) return found.place;
      }
      return undefined;
    },
    move(from, to) {
      const [prefix, target] = [idOf(from), idOf(to)];
      for (const [id, found] of [...places]) if (id.startsWith(prefix)) places.set(target + id.slice(prefix.length), found);
    },
  };
}
