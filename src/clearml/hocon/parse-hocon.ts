import { readText } from '../../disk/read.ts';
import { readDocument, type Reading } from './read.ts';
import { resolveTree } from './resolve.ts';
import { Node, type Pieces, type Tree, type Value } from './syntax.ts';

export interface HoconOptions extends Partial<Reading> {
  /** Names the text in messages; an absolute path is where relative includes start. */
  readonly file?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly keepsDigits?: boolean;
}

/** Reads ClearML's dialect of HOCON, which `docs/formats/clearml-conf.md` describes. Throws INVALID_CONFIG with line and column. */
export function parseHocon(text: string, options: HoconOptions = {}): Value {
  return parseDocument(text, options).value;
}

/** A text as its values and as it is written. */
export interface Document { readonly value: Value; readonly written: Pieces }

export function parseDocument(text: string, { file = '<text>', env = {}, keepsDigits = false, ...lent }: HoconOptions = {}): Document {
  const written = readDocument(text, file, { readText, warn: () => undefined, folder: '.', ...lent });
  const [piece] = written.pieces;
  if (piece?.kind === 'tree') return { value: resolveTree(piece.node, { env, keepsDigits }), written };
  const node = new Node();
  node.add('list', { value: written, isAppended: false });
  return { value: resolveTree(node, { env, keepsDigits })['list'] ?? null, written };
}

/** The tree of a text whose top must be one: a configuration. */
export const isConfiguration = (value: Value): value is Tree => typeof value === 'object' && value !== null && !Array.isArray(value);
