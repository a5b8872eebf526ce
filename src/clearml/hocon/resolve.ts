import { hoconError } from './cursor.ts';
import { type Assignment, emptyTree, isTree, mergeTrees, type Node, type Piece, type Pieces, type Tree, type Value } from './syntax.ts';

/** What resolving is lent. */
export interface Resolving {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Numbers as they are written, so that a key of digits keeps its leading zeros. */
  readonly keepsDigits: boolean;
}
const ABSENT = Symbol('absent');
type Found = Value | typeof ABSENT;

/** A value that needs itself. */
class Cycle extends Error {}

/** A few references can ask for more than fits in memory: each that is followed counts. */
const MOST_STEPS = 200_000;
const LONGEST_TEXT = 1 << 20;

/**
 * The tree that `root` says. Every assignment of a key is kept in order and evaluated when it is asked for; while one is evaluated, the same key
 * means those before it. A run of plain objects is merged before that, so a reference that a later value hides is never looked at.
 */
export function resolveTree(root: Node, resolving: Resolving): Tree {
  return new Resolver(root, resolving).tree([root], []);
}

const isPlain = ({ isAppended, value: { pieces } }: Assignment): boolean => !isAppended && pieces.length > 0 && pieces.every(({ kind }) => kind === 'tree');
const hasReferences = (one: Assignment | undefined): boolean => one?.value.pieces.some(({ kind }) => kind === 'reference') === true;
const nodesOf = (assignments: readonly Assignment[]): readonly Node[] => assignments.flatMap(({ value }) => value.pieces.flatMap((piece) => (piece.kind === 'tree' ? [piece.node] : [])));

/** The assignments of a key. The first in further braces counts as one that a dotted key passes through: ClearML reads what stands in braces by itself, and then merges. */
function ofKey(nodes: readonly Node[], key: string): readonly Assignment[] {
  const [first, ...others] = nodes.filter(({ fields }) => fields.has(key));
  if (first === undefined) return [];
  const isApart = ({ braces }: Node): boolean => !first.braces.includes(braces.at(-1) ?? first);
  const assignmentsIn = (node: Node): readonly Assignment[] => {
    const own = node.fields.get(key) ?? [];
    return isApart(node) ? own.slice(replacedIn(own)).map((one, index) => (index === 0 ? { ...one, isOnTheWay: true } : one)) : own;
  };
  return [...(first.fields.get(key) ?? []), ...others.flatMap(assignmentsIn)];
}

/** How many of the assignments in one pair of braces do not count: a dotted key takes the place of the text, number or list before it, so these hide nothing of what stands before the braces. */
function replacedIn(own: readonly Assignment[]): number {
  const isReplaced = (one: Assignment, next: Assignment | undefined): boolean => next?.isOnTheWay === true && isPlain(next) && !isPlain(one);
  return own.findLastIndex((one, index) => isReplaced(one, own[index + 1])) + 1;
}

class Resolver {
  readonly #root: Node;
  readonly #resolving: Resolving;
  /** Assignments being evaluated. */
  readonly #busy = new Set<string>();
  /** How many assignments of a path count while one of them is being evaluated. */
  readonly #seen = new Map<string, number>();
  #steps = 0;

  constructor(root: Node, resolving: Resolving) {
    this.#root = root;
    this.#resolving = resolving;
  }

  tree(nodes: readonly Node[], at: readonly string[]): Tree {
    const tree = emptyTree();
    for (const key of new Set(nodes.flatMap((node) => [...node.fields.keys()]))) {
      const value = this.#field(nodes, [...at, key]);
      if (value !== ABSENT) tree[key] = value;
    }
    return tree;
  }

  #field(nodes: readonly Node[], at: readonly string[]): Found {
    const assignments = ofKey(nodes, at.at(-1) ?? '');
    return this.#upTo(assignments, this.#seen.get(idOf(at)) ?? assignments.length, at);
  }

  /** The value after the first `count` assignments. */
  #upTo(assignments: readonly Assignment[], count: number, at: readonly string[]): Found {
    const last = assignments[count - 1];
    if (last === undefined) {
      if (this.#seen.has(idOf(at))) throw new Cycle(at.join('.'));
      return ABSENT;
    }
    let from = count;
    for (let one = last; isPlain(one); one = assignments[from - 1] ?? last) if (--from === 0) break;
    const isRun = from < count;
    const rest = isRun ? from : count - 1;
    // To ClearML what a dotted key passes through, and what another object says of the same key, takes the place of a value with references; of a list it does not.
    const cut = !hasReferences(assignments[from - 1]) ? -1 : assignments.slice(from, count).findIndex(({ isOnTheWay }) => isOnTheWay === true);
    const value = this.#guarded(at, { count, rest }, () => (isRun ? this.tree(nodesOf(assignments.slice(from + Math.max(0, cut), count)), at) : this.#join(last.value, at)));
    const before = (): Found => (cut >= 0 ? ABSENT : this.#upTo(assignments, rest, at));
    if (last.isAppended) return appended(before(), value, { at, place: last.value.place });
    if (value === ABSENT) return before();
    if (!isTree(value)) return value;
    const previous = before();
    return isTree(previous) ? mergeTrees(previous, value) : value;
  }

  #guarded<T>(at: readonly string[], { count, rest }: { readonly count: number; readonly rest: number }, evaluate: () => T): T {
    const id = idOf(at);
    const tag = `${id}\u0001${count}`;
    if (this.#busy.has(tag)) throw new Cycle(at.join('.'));
    const before = this.#seen.get(id);
    this.#busy.add(tag);
    this.#seen.set(id, rest);
    try {
      return evaluate();
    } finally {
      this.#busy.delete(tag);
      if (before === undefined) this.#seen.delete(id);
      else this.#seen.set(id, before);
    }
  }

  #join({ pieces, place }: Pieces, at: readonly string[]): Found {
    if (pieces.length === 0) return '';
    const values = pieces.map((piece) => this.#piece(piece, at));
    const [only] = values;
    if (values.length === 1 && only !== undefined) return only;
    const present = values.filter((value) => value !== ABSENT);
    if (present.length === 0) return ABSENT;
    if (present.every(isTree)) return present.reduce(mergeTrees);
    if (present.every((value) => Array.isArray(value))) return present.flat();
    if (present.some((value) => typeof value === 'object' && value !== null)) throw hoconError(place, `values of different kinds cannot be joined in '${at.join('.')}'`);
    const text = joinTexts(pieces, values);
    if (text.length > LONGEST_TEXT) throw hoconError(place, `'${at.join('.')}' becomes longer than ${LONGEST_TEXT} characters`);
    return text;
  }

  #piece(piece: Piece, at: readonly string[]): Found {
    if (++this.#steps > MOST_STEPS) throw hoconError(piece.place, 'the values refer to each other too often');
    if (piece.kind === 'scalar') return this.#resolving.keepsDigits && (typeof piece.value === 'number' || typeof piece.value === 'bigint') ? piece.source : piece.value;
    if (piece.kind === 'tree') return this.tree([piece.node], at);
    if (piece.kind === 'list') return piece.items.map((item, index) => this.#join(item, [...at, String(index)])).filter((value) => value !== ABSENT);
    const value = this.#refer(piece);
    if (value !== ABSENT || piece.isOptional) return value;
    throw hoconError(piece.place, `\${${piece.name}} cannot be resolved: there is no such key in the file and no such variable in the environment`, `Set it, or write \${?${piece.name}} where it may be missing.`);
  }

  #refer({ path, base, name, isOptional, place }: Extract<Piece, { readonly kind: 'reference' }>): Found {
    const inEnvironment = this.#resolving.env[name] ?? ABSENT;
    try {
      const near = base.length > 0 ? this.#lookUp([...base, ...path]) : ABSENT;
      const value = near === ABSENT ? this.#lookUp(path) : near;
      return value === ABSENT ? inEnvironment : value;
    } catch (error) {
      if (!(error instanceof Cycle)) throw error;
      if (isOptional || inEnvironment !== ABSENT) return inEnvironment;
      throw hoconError(place, `\${${name}} refers to itself through '${error.message}'`);
    }
  }

  /** Walks by assignments, so that `a.b` can be read while another part of `a` is being evaluated. */
  #lookUp(path: readonly string[]): Found {
    let nodes: readonly Node[] = [this.#root];
    for (const [index, key] of path.entries()) {
      const assignments = ofKey(nodes, key);
      if (assignments.length === 0) return ABSENT;
      if (index === path.length - 1) return this.#field(nodes, path);
      if (!assignments.every(isPlain)) return within(this.#field(nodes, path.slice(0, index + 1)), path.slice(index + 1));
      nodes = nodesOf(assignments);
    }
    return ABSENT;
  }
}

const idOf = (at: readonly string[]): string => at.join('\u0000');

function within(found: Found, path: readonly string[]): Found {
  let value = found;
  for (const key of path) {
    if (!isTree(value) || !(key in value)) return ABSENT;
    value = value[key] ?? null;
  }
  return value;
}

function appended(before: Found, value: Found, { at, place }: { readonly at: readonly string[]; readonly place: Pieces['place'] }): Found {
  if (value === ABSENT) return before;
  const items = Array.isArray(value) ? value : [value];
  if (before === ABSENT) return items;
  if (Array.isArray(before)) return [...before, ...items];
  throw hoconError(place, `'+=' needs a list in '${at.join('.')}'`);
}

/** What a reference brings into a text is spelled as Python spells it. */
const pythonText = (value: string | number | bigint | boolean): string => (typeof value === 'boolean' ? (value ? 'True' : 'False') : String(value));

/** Blanks between pieces count; those beside a reference that is absent at the edge do not. */
function joinTexts(pieces: readonly Piece[], values: readonly Found[]): string {
  const text = pieces.map((piece, index) => {
    const value = values[index];
    const own = value === ABSENT || value === undefined || value === null && piece.kind !== 'scalar' ? '' : piece.kind === 'scalar' ? piece.source : pythonText(value as string | number | bigint | boolean);
    return own + (index < pieces.length - 1 ? piece.gap : '');
  }).join('');
  return values[0] === ABSENT || values.at(-1) === ABSENT ? text.replace(/^[ \t]+|[ \t]+$/g, '') : text;
}
