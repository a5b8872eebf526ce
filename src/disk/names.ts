/** Names by row. A thousand of them are one string: those of a million files are 17 MB, not 80. */
export interface Names extends Iterable<string> {
  readonly length: number;
  /** The names of {@link PIECE} rows each, joined by NUL. */
  readonly pieces: readonly string[];
  /** Cheap in rising order: a piece is taken apart when the first of its names is asked for. */
  at(row: number): string | undefined;
  /** True when each comes after the one before it, by code point. Looked at once. */
  isInOrder(): boolean;
}

/** Gathers names one by one. */
export interface NamesBuilder {
  add(name: string): void;
  build(): Names;
}

const PIECE = 1024;

export function createNamesBuilder(): NamesBuilder {
  const pieces: string[] = [];
  let open: string[] = [];
  const close = (): void => {
    if (open.length > 0) pieces.push(open.join('\0'));
  };
  return {
    add(name) {
      if (open.length === PIECE) {
        close();
        open = [];
      }
      open.push(name);
    },
    build() {
      const length = pieces.length * PIECE + open.length;
      close();
      return createNames(pieces, length);
    },
  };
}

/** The same of names that are here already. */
export function packNames(names: Iterable<string>): Names {
  const builder = createNamesBuilder();
  for (const name of names) builder.add(name);
  return builder.build();
}

/** Takes `length` names joined by NUL for what they are. */
export function splitNames(text: string, length: number): Names {
  const pieces: string[] = [];
  for (let start = 0, row = 0; row < length; row += PIECE) {
    let end = start - 1;
    for (let at = Math.min(PIECE, length - row); at > 0; at--) {
      const next = text.indexOf('\0', end + 1);
      end = next < 0 ? text.length : next;
    }
    pieces.push(text.slice(start, end));
    start = end + 1;
  }
  return createNames(pieces, length);
}

/** True when both have the same names in the same rows. */
export function areSameNames(one: Names, other: Names): boolean {
  return one.length === other.length && one.pieces.every((piece, at) => piece === other.pieces[at]);
}

function createNames(pieces: readonly string[], length: number): Names {
  let opened = -1;
  let names: readonly string[] = [];
  let isOrdered: boolean | undefined;
  return {
    length,
    pieces,
    isInOrder: () => (isOrdered ??= areInOrder(pieces)),
    at(row) {
      const piece = Math.floor(row / PIECE);
      if (piece !== opened) {
        names = pieces[piece]?.split('\0') ?? [];
        opened = piece;
      }
      return names[row % PIECE];
    },
    *[Symbol.iterator]() {
      for (const piece of pieces) for (const name of piece.split('\0')) yield name;
    },
  };
}

function areInOrder(pieces: readonly string[]): boolean {
  let previous: string | undefined;
  for (const piece of pieces) {
    for (const name of piece.split('\0')) {
      if (previous !== undefined && compareCodePoints(previous, name) >= 0) return false;
      previous = name;
    }
  }
  return true;
}

/** Python orders strings by code point, JavaScript by UTF-16 unit: they differ for U+E000 to U+FFFF beside astral characters. */
export function compareCodePoints(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const left = a.charCodeAt(i);
    const right = b.charCodeAt(i);
    if (left !== right) return rank(left) - rank(right);
  }
  return a.length - b.length;
}

const rank = (unit: number): number => (unit < 0xd800 ? unit : unit < 0xe000 ? unit + 0x10000 : unit);
