import { parser } from '@lezer/python';
import { TowlineError } from '../../errors.ts';
import type { YamlMap, YamlValue } from '../files/yaml-value.ts';
import { childrenOf, isClosed, isPointed, literalOf, textOf } from './python-literal.ts';
import type { Code, SyntaxNode } from './python-literal.ts';

/**
 * The parameters of a Python file, which is read and never run: names that a literal is assigned to, those of classes, and `self.name` in their
 * `__init__` (dvc/utils/serialize/_py.py). Other statements say nothing. Throws CORRUPT for what is no Python.
 */
export function parsePython(text: string, file: string): YamlMap {
  const tree = parser.parse(text);
  tree.iterate({
    enter(node) {
      const isFault = node.type.isError ? !isPointed(node.node.parent) : node.name === 'String' && !isClosed(text.slice(node.from, node.to));
      if (!isFault) return;
      const before = text.slice(0, node.from).split('\n');
      throw new TowlineError('CORRUPT', `'${file}' is no Python that can be read (${file}:${before.length}:${(before.at(-1)?.length ?? 0) + 1})`, { context: { file } });
    },
  });
  return parametersIn(tree.topNode, { text, onlySelf: false });
}

interface Body extends Code { readonly onlySelf: boolean }

function parametersIn(node: SyntaxNode, body: Body): YamlMap {
  const found = new Map<string, YamlValue>();
  for (const statement of statementsOf(node)) {
    const nested = statement.getChild('Body');
    const named = statement.getChild('VariableName');
    const name = named ? textOf(named, body) : '';
    if (statement.name === 'AssignStatement') take(found, assignment(statement, body));
    else if (statement.name === 'ClassDefinition' && nested) found.set(name, parametersIn(nested, { ...body, onlySelf: false }));
    else if (statement.name === 'FunctionDefinition' && nested && name === '__init__' && !statement.getChild('async')) take(found, parametersIn(nested, { ...body, onlySelf: true }));
  }
  return found;
}

function take(into: Map<string, YamlValue>, from: YamlMap): void {
  for (const [key, value] of from) into.set(key, value);
}

/** Several may share a line, and one with decorators stands in what they decorate. */
function* statementsOf(node: SyntaxNode): Iterable<SyntaxNode> {
  for (let child = node.firstChild; child; child = child.nextSibling) {
    if (child.name === 'StatementGroup' || child.name === 'DecoratedStatement') yield* statementsOf(child);
    else yield child;
  }
}

/** `name = literal`, to one name only. */
function assignment(statement: SyntaxNode, body: Body): YamlMap {
  const parts = childrenOf(statement).filter(({ name }) => name !== 'TypeDef');
  const [target, operator, ...values] = parts;
  const name = target && nameOf(target, body);
  if (name === undefined || operator?.name !== 'AssignOp' || values.some((part) => part.name === 'AssignOp')) return new Map();
  const value = literalOf(values, body);
  return value === undefined ? new Map() : new Map([[name, value]]);
}

function nameOf(target: SyntaxNode, body: Body): string | undefined {
  if (target.name === 'VariableName') return body.onlySelf ? undefined : textOf(target, body);
  const { firstChild: owner, lastChild: property } = target;
  if (target.name !== 'MemberExpression' || !owner || textOf(owner, body) !== 'self') return undefined;
  return property?.name === 'PropertyName' ? textOf(property, body) : undefined;
}
