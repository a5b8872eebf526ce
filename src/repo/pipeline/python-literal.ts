import type { parser } from '@lezer/python';
import { Float, isYamlList, isYamlMap, scalarText } from '../files/yaml-value.ts';
import type { YamlValue } from '../files/yaml-value.ts';

export type SyntaxNode = ReturnType<typeof parser.parse>['topNode'];
/** What nodes are places in. */
export interface Code { readonly text: string }

/**
 * The value of a literal as Python's `ast.literal_eval` has it, of `nodes` that are an expression, or the members of a tuple without parentheses.
 * Undefined for anything else, and for what YAML has no word for: bytes, complex numbers, `...`. A set is a mapping to null, as in YAML.
 */
export function literalOf(nodes: readonly SyntaxNode[], code: Code): YamlValue | undefined {
  const [only] = nodes;
  if (only === undefined) return undefined;
  return nodes.length === 1 ? valueOf(only, code) : listOf(nodes, code);
}

const RULES: Readonly<Record<string, (node: SyntaxNode, code: Code) => YamlValue | undefined>> = {
  None: () => null,
  Boolean: (node, code) => textOf(node, code) === 'True',
  Number: (node, code) => numberOf(textOf(node, code)),
  String: (node, code) => stringOf(textOf(node, code)),
  MemberExpression: (node, code) => (isPointed(node) ? numberOf(code.text.slice(node.from, node.lastChild?.name === 'PropertyName' ? node.to : node.from + textOf(node, code).indexOf('.') + 1)) : undefined),
  ContinuedString: (node, code) => joined(all(childrenOf(node), (child) => (child.name === 'String' ? stringOf(textOf(child, code)) : undefined))),
  UnaryExpression: signed,
  ParenthesizedExpression: (node, code) => literalOf(inner(node), code),
  ArrayExpression: (node, code) => listOf(inner(node), code),
  TupleExpression: (node, code) => listOf(inner(node), code),
  SetExpression: setOf,
  DictionaryExpression: dictionaryOf,
};

/** `1.` and `1.e5` are numbers, which the grammar takes for members of 1. */
export const isPointed = (node: SyntaxNode | null): boolean => node?.name === 'MemberExpression' && node.firstChild?.name === 'Number';

const valueOf = (node: SyntaxNode, code: Code): YamlValue | undefined => RULES[node.name]?.(node, code);

export const textOf = ({ from, to }: SyntaxNode, { text }: Code): string => text.slice(from, to);

export function childrenOf(node: SyntaxNode): readonly SyntaxNode[] {
  const children: SyntaxNode[] = [];
  for (let child = node.firstChild; child; child = child.nextSibling) if (child.name !== 'Comment') children.push(child);
  return children;
}

/** What stands between the brackets. */
const inner = (node: SyntaxNode): readonly SyntaxNode[] => childrenOf(node).slice(1, -1);

/** Every result, or undefined where one is. */
function all<T, R>(items: readonly T[], each: (item: T) => R | undefined): readonly R[] | undefined {
  const results: R[] = [];
  for (const item of items) {
    const result = each(item);
    if (result === undefined) return undefined;
    results.push(result);
  }
  return results;
}

const joined = (parts: readonly string[] | undefined): string | undefined => parts?.join('');

/** Members between commas: a `*` among them, or a comprehension, is no literal. */
const listOf = (nodes: readonly SyntaxNode[], code: Code): YamlValue | undefined => all(nodes.filter(({ name }) => name !== ','), (node) => valueOf(node, code));

function setOf(node: SyntaxNode, code: Code): YamlValue | undefined {
  const members = all(inner(node).filter(({ name }) => name !== ','), (member) => keyOf(member, code));
  return members && new Map(members.map((key) => [key, null]));
}

function dictionaryOf(node: SyntaxNode, code: Code): YamlValue | undefined {
  const parts = inner(node).filter(({ name }) => name !== ',' && name !== ':');
  if (parts.some(({ name }) => name === '**')) return undefined;
  const result = new Map<string, YamlValue>();
  for (let at = 0; at + 1 < parts.length; at += 2) {
    const [key, value] = [parts[at], parts[at + 1]].map((part, place) => part && (place === 0 ? keyOf(part, code) : valueOf(part, code)));
    if (typeof key !== 'string' || value === undefined) return undefined;
    result.set(key, value);
  }
  return result;
}

/** Keys are text, as those of YAML are here. */
function keyOf(node: SyntaxNode, code: Code): string | undefined {
  const value = valueOf(node, code);
  return value === undefined || isYamlList(value) || isYamlMap(value) ? undefined : scalarText(value);
}

function signed(node: SyntaxNode, code: Code): YamlValue | undefined {
  const [operator, operand] = childrenOf(node);
  const value = operand && unwrapped(operand).name !== 'UnaryExpression' ? valueOf(operand, code) : undefined;
  const sign = operator && textOf(operator, code);
  if (sign !== '-' && sign !== '+') return undefined;
  if (typeof value === 'bigint' || typeof value === 'number') return sign === '-' ? -value : value;
  return value instanceof Float ? new Float(sign === '-' ? -value.value : value.value) : undefined;
}

/** Without the parentheses around it. */
function unwrapped(node: SyntaxNode): SyntaxNode {
  const [only] = node.name === 'ParenthesizedExpression' ? inner(node) : [];
  return only ? unwrapped(only) : node;
}

function numberOf(text: string): YamlValue | undefined {
  const digits = text.replaceAll('_', '').toLowerCase();
  if (/^(?:0x[0-9a-f]+|0o[0-7]+|0b[01]+|[1-9][0-9]*|0+)$/.test(digits)) {
    const value = BigInt(digits);
    return value <= Number.MAX_SAFE_INTEGER ? Number(value) : value;
  }
  return /^(?=.*[.e])(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[+-]?[0-9]+)?$/.test(digits) ? new Float(Number(digits)) : undefined;
}

/** Whether it has its closing quotes: the grammar lets the end of the line stand for them. */
export const isClosed = (text: string): boolean => /^[a-z]*('''|"""|'|").*\1$/is.test(text);

function stringOf(text: string): string | undefined {
  const [, prefix = '', quote = '', body = ''] = /^([a-z]*)('''|"""|'|")(.*)\2$/is.exec(text) ?? [];
  if (quote === '' || !/^(?:u|r|)$/i.test(prefix)) return undefined;
  const lines = body.replaceAll('\r\n', '\n');
  return prefix.toLowerCase() === 'r' ? lines : unescaped(lines);
}

const ESCAPE = /\\(?:[\n\\'"abfnrtv]|[0-7]{1,3}|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8})/g;
const SINGLE: Readonly<Record<string, string>> = { '\n': '', '\\': '\\', "'": "'", '"': '"', a: '\u0007', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' };

/** Names of characters (`\N{...}`) would need a table of them. What is no escape stays as it is. */
function unescaped(text: string): string | undefined {
  if (/(?<!\\)(?:\\\\)*\\N\{/.test(text)) return undefined;
  return text.replace(ESCAPE, (whole) => {
    const code = whole.slice(1);
    const point = /^[0-7]/.test(code) ? Number.parseInt(code, 8) : Number.parseInt(code.slice(1), 16);
    return SINGLE[code] ?? (point > 0x10ffff ? whole : String.fromCodePoint(point));
  });
}
