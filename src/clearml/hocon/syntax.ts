/** What a configuration file can hold. Whole numbers beyond 2^53 stay exact. */
export type Value = null | boolean | number | string | bigint | readonly Value[] | Tree;
export interface Tree { readonly [key: string]: Value }

/** Where something stands; line and column count from 1. */
export interface Place { readonly file: string; readonly line: number; readonly column: number }

/** A piece of a value. Pieces that stand beside each other are joined; `gap` are the blanks that follow. */
export type Piece = { readonly place: Place; gap: string } & (
  | { readonly kind: 'scalar'; readonly value: null | boolean | number | string | bigint; readonly source: string }
  | { readonly kind: 'reference'; readonly path: readonly string[]; readonly name: string; readonly isOptional: boolean; /** Where the file was included: looked up there first. */ readonly base: readonly string[] }
  | { readonly kind: 'tree'; readonly node: Node }
  | { readonly kind: 'list'; readonly items: readonly Pieces[] });
export interface Pieces { readonly pieces: readonly Piece[]; readonly place: Place }
export interface Assignment { readonly value: Pieces; readonly isAppended: boolean; /** Made by the middle of a dotted key. */ readonly isOnTheWay?: boolean }

/** What stands between two braces: every assignment of each key, in the order of the file. */
export class Node {
  readonly fields = new Map<string, Assignment[]>();
  /** Those between whose braces it is written, the innermost last: itself, but for one that a dotted key made. */
  readonly braces: readonly Node[];

  constructor(outer: readonly Node[] = [], { isDotted = false }: { readonly isDotted?: boolean } = {}) {
    this.braces = isDotted ? outer : [...outer, this];
  }

  add(key: string, assignment: Assignment): void {
    const known = this.fields.get(key);
    if (known) known.push(assignment);
    else this.fields.set(key, [assignment]);
  }
}

export const isTree = (value: unknown): value is Tree => typeof value === 'object' && value !== null && !Array.isArray(value);

/** An empty tree that inherits nothing: '__proto__' is a key like any other. */
export const emptyTree = (): Record<string, Value> => Object.create(null) as Record<string, Value>;

/** Later wins: trees merge, anything else replaces. */
export function mergeTrees(first: Tree, second: Tree): Tree {
  const merged = Object.assign(emptyTree(), first);
  for (const [key, value] of Object.entries(second)) {
    const before = merged[key];
    merged[key] = isTree(value) && isTree(before) ? mergeTrees(before, value) : value;
  }
  return merged;
}
