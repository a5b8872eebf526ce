import { dirname, extname, isAbsolute, resolve } from 'node:path';
import { Cursor } from './cursor.ts';
import { readKey, readQuoted, readScalar } from './scalars.ts';
import { Node, type Assignment, type Piece, type Pieces } from './syntax.ts';

/** What reading a file is lent. */
export interface Reading {
  /** The text of a local file; undefined when it is absent. */
  readonly readText: (path: string) => string | undefined;
  readonly warn: (text: string) => void;
  /** Relative paths of includes of a text without a file are taken from here. */
  readonly folder: string;
}
interface Context extends Reading {
  readonly cursor: Cursor;
  /** The key under which this file was included. */
  readonly base: readonly string[];
  /** The key whose value is being read. */
  readonly prefix: readonly string[];
  readonly depth: number;
  readonly includes: number;
  /** The objects that are open here, the innermost last. */
  readonly braces: readonly Node[];
}

/** Deeper is no configuration, and would end the stack. */
const DEEPEST = 200;
const MOST_INCLUDES = 50;

/** Reads a whole text: an object with or without braces, or a list. */
export function readDocument(text: string, file: string, reading: Reading): Pieces {
  return readWhole({ ...reading, cursor: new Cursor(text, file), base: [], prefix: [], depth: 0, includes: 0, braces: [] });
}

function readWhole(context: Context): Pieces {
  const { cursor } = context;
  const place = cursor.place();
  cursor.gap(true);
  const piece: Piece = cursor.character === '[' || cursor.character === '{' ? readPiece(context, '') : { kind: 'tree', node: readMembers(context, ''), gap: '', place };
  cursor.gap(true);
  if (cursor.character !== undefined) cursor.fail(`'${cursor.character}' is not expected here`);
  return { pieces: [piece], place };
}

function deeper(context: Context): Context {
  if (context.depth >= DEEPEST) context.cursor.fail(`more than ${DEEPEST} levels`);
  return { ...context, depth: context.depth + 1 };
}

function readMembers(context: Context, close: '}' | ''): Node {
  const { cursor } = context;
  const node = new Node(context.braces);
  const within = { ...context, braces: node.braces };
  for (;;) {
    cursor.gap(true);
    if (cursor.character === undefined) {
      if (close !== '') cursor.fail(`'${close}' is missing at the end`);
      return node;
    }
    if (close !== '' && cursor.character === close) {
      cursor.at += 1;
      return node;
    }
    if (!readInclude(within, node)) readMember(within, node);
  }
}

function readMember(context: Context, node: Node): void {
  const { cursor } = context;
  const from = cursor.at;
  const key = readKey(cursor);
  if (key.length === 0 || key.length > DEEPEST) cursor.fail(key.length === 0 ? 'a key is missing' : `more than ${DEEPEST} levels`, { at: from });
  cursor.gap(false);
  const place = cursor.place();
  const isAppended = cursor.startsWith('+=');
  const hasBrace = cursor.character === '{';
  if (isAppended) cursor.at += 2;
  else if (cursor.character === ':' || cursor.character === '=') cursor.at += 1;
  else if (!hasBrace) cursor.fail(`':', '=' or '{' is missing after '${key.join('.')}'`);
  const { line } = cursor.place();
  if (!hasBrace) cursor.gap(false);
  const value = readPieces({ ...deeper(context), prefix: [...context.prefix, ...key] });
  warnOfNextLine(context, { key, value, line });
  node.add(key[0] ?? '', nested(key, { value, isAppended, place, braces: context.braces }));
}

/** `a.b.c: v` is `a { b { c: v } }`. */
function nested(key: readonly string[], { value, isAppended, place, braces }: Assignment & Pick<Context, 'braces'> & { readonly place: Pieces['place'] }): Assignment {
  return key.slice(1).reduceRight<Assignment>((inner, segment) => {
    const node = new Node(braces, { isDotted: true });
    node.add(segment, inner);
    return { value: { pieces: [{ kind: 'tree', node, gap: '', place }], place }, isAppended: false, isOnTheWay: true };
  }, { value, isAppended });
}

/** The reader takes 'key:' and 'secret: x' on the next line for one entry. */
function warnOfNextLine({ warn, cursor }: Context, { key, value, line }: { readonly key: readonly string[]; readonly value: Pieces; readonly line: number }): void {
  const first = value.pieces[0];
  if (first?.kind !== 'scalar' || first.place.line <= line || !/^[\w.-]+:(?:\s|$)/.test(first.source)) return;
  warn(`${cursor.file}:${line}: '${key.join('.')}' has no value on its line, so the next line became its value`);
}

function readPieces(context: Context): Pieces {
  const { cursor } = context;
  const place = cursor.place();
  const pieces: Piece[] = [];
  for (;;) {
    const gap = cursor.blanks();
    if (cursor.character === undefined || /[,}\]\n\r]/.test(cursor.character) || cursor.comment()) return { pieces, place };
    if (cursor.match(/\\[ \t]*\r?\n/y)) continue;
    const piece = readPiece(context, '');
    const last = pieces.at(-1);
    if (last) last.gap = gap === '' ? last.gap : gap;
    pieces.push(piece);
  }
}

function readPiece(context: Context, gap: string): Piece {
  const { cursor } = context;
  const place = cursor.place();
  if (cursor.character === '{') {
    cursor.at += 1;
    return { kind: 'tree', node: readMembers(deeper(context), '}'), gap, place };
  }
  if (cursor.character === '[') return { kind: 'list', items: readItems(deeper(context)), gap, place };
  return cursor.startsWith('${') ? readReference(context) : readScalar(cursor);
}

function readItems(context: Context): readonly Pieces[] {
  const { cursor } = context;
  const items: Pieces[] = [];
  const from = cursor.at;
  cursor.at += 1;
  for (;;) {
    cursor.gap(true);
    if (cursor.character === undefined) cursor.fail("']' is missing at the end of this list", { at: from });
    if (cursor.character === ']') {
      cursor.at += 1;
      return items;
    }
    const before = cursor.at;
    items.push(readPieces(context));
    if (cursor.at === before) cursor.fail(`'${cursor.character ?? ''}' is not expected in a list`);
  }
}

function readReference({ cursor, base }: Context): Piece {
  const place = cursor.place();
  const [whole, mark = '', name = ''] = cursor.match(/\$\{(\??)([^}]*)\}/y) ?? cursor.fail("'}' is missing after '${'");
  const inner = new Cursor(name, cursor.file);
  const path = /^\s*$/.test(name) ? [] : readKey(inner);
  if (path.length === 0 || inner.character !== undefined) cursor.fail(`'${whole}' names no key`, { at: cursor.at - whole.length });
  return { kind: 'reference', path, name: name.trim(), isOptional: mark !== '', base, gap: '', place };
}

const INCLUDE = /include(?=[ \t"])[ \t]*(required[ \t]*\([ \t]*)?(?:(file|url|classpath)[ \t]*\([ \t]*)?(?=")/iy;

/** Only files of this machine are included; what a URL gives would be somebody else's configuration. */
function readInclude(context: Context, node: Node): boolean {
  const { cursor, warn } = context;
  const from = cursor.at;
  const found = cursor.match(INCLUDE);
  if (found === undefined) return false;
  const target = readQuoted(cursor);
  const [isRequired, kind] = [found[1] !== undefined, found[2]?.toLowerCase()];
  for (const open of [found[2], found[1]]) if (open !== undefined && !cursor.match(/[ \t]*\)/y)) cursor.fail("')' is missing");
  if (kind === 'url' || kind === 'classpath' || /^[a-z][a-z0-9+.-]+:\/\//i.test(target)) {
    if (isRequired) cursor.fail(`'${target}' cannot be included: only files can`, { at: from });
    warn(`${cursor.file}:${cursor.place(from).line}: the include of '${target}' is passed over: only files can be included`);
    return true;
  }
  if (context.includes >= MOST_INCLUDES) cursor.fail('files include each other too deeply', { at: from });
  const path = pathOf(context, target);
  const text = textOf(context, path);
  if (text === undefined) {
    if (isRequired) cursor.fail(`the file '${path}' is missing`, { at: from });
    warn(`${cursor.file}:${cursor.place(from).line}: the file '${path}' to include is not there`);
    return true;
  }
  const [piece] = readWhole({ ...deeper(context), cursor: new Cursor(text, path), base: context.prefix, includes: context.includes + 1 }).pieces;
  if (piece?.kind !== 'tree') return cursor.fail(`'${path}' holds a list and cannot be included`, { at: from });
  for (const [key, assignments] of piece.node.fields) for (const assignment of assignments) node.add(key, assignment);
  return true;
}

const pathOf = ({ cursor, folder }: Context, target: string): string => resolve(isAbsolute(cursor.file) ? dirname(cursor.file) : folder, target);

function textOf({ readText }: Context, path: string): string | undefined {
  return readText(path) ?? (extname(path) === '' ? readText(`${path}.conf`) ?? readText(`${path}.json`) : undefined);
}
