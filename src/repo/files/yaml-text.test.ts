import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { hasCode } from '../../errors.ts';
import { documentValue, parseYamlDocument } from './yaml-document.ts';
import { emitYaml } from './yaml-emit.ts';
import { parsePlainYaml } from './yaml-plain.ts';
import { decodeText, parseYaml } from './yaml-text.ts';
import { Float, Timestamp, fromYaml, sameYaml, toYaml } from './yaml-value.ts';
import type { YamlMap, YamlValue } from './yaml-value.ts';

function full(text: string): YamlValue {
  return documentValue(parseYamlDocument(text, 'x.dvc'));
}
function failure(text: string): string {
  try {
    parseYaml(text, 'bad.dvc');
  } catch (error) {
    assert.ok(hasCode(error, 'CORRUPT'));
    return error.message;
  }
  return 'no failure';
}

test('plain scalars mean what they mean to ruamel.yaml in YAML 1.2', () => {
  const text = 'a: yes\nb: 017\nc: 1_000\nd: 0x1f\ne: 1.0\nf: 2020-01-01\ng: ~\nh:\ni: 12345678901234567890123456789012\nj: 1e3\nk: TRUE\nl: 0b11\nm: .inf\nn: 1:30\n';

  const value = full(text);

  const expected: YamlMap = new Map<string, YamlValue>([
    ['a', 'yes'], ['b', 17], ['c', 1000], ['d', 31], ['e', new Float(1)], ['f', new Timestamp('2020-01-01')], ['g', null], ['h', null],
    ['i', 12345678901234567890123456789012n], ['j', new Float(1000)], ['k', true], ['l', 3], ['m', new Float(Number.POSITIVE_INFINITY)], ['n', '1:30'],
  ]);
  assert.ok(sameYaml(value, expected), JSON.stringify(fromYaml(value), (_, one: unknown) => (typeof one === 'bigint' ? String(one) : one)));
});

test('aliases and merge keys are followed', () => {
  const value = full('a: &x {p: 1, q: 2}\nb: *x\nc:\n  <<: *x\n  q: 3\n');

  assert.deepEqual(fromYaml(value), { a: { p: 1, q: 2 }, b: { p: 1, q: 2 }, c: { p: 1, q: 3 } });
});

test('a few lines that would grow to billions of values are refused', () => {
  const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]'];
  for (let depth = 1; depth < 10; depth += 1) lines.push(`a${depth}: &a${depth} [${Array.from({ length: 10 }, () => `*a${depth - 1}`).join(', ')}]`);

  assert.match(failure(`${lines.join('\n')}\n`), /Too many values come from its aliases, in line/);
});

test('nesting deeper than the stack is a fault of the file, not a crash', () => {
  assert.match(failure(`a: ${'['.repeat(200_000)}\n`), /'\.\/bad\.dvc' is invalid\./);
});

test('what is no YAML is named with file, line, column and the line itself', () => {
  assert.match(failure('outs: [\n'), /^'\.\/bad\.dvc' is invalid\.\n.*, in line 2, column 1/);
  assert.match(failure('a: 1\na: 2\n'), /Map keys must be unique, in line 2, column 1\n {2}2 a: 2$/);
  assert.match(failure('a: *x\n'), /undefined alias 'x', in line 1, column 4/);
  assert.match(failure('a: &x\n  b: *x\n'), /leads to itself/);
  assert.match(failure('a: !python/object:os.system x\n'), /constructor for the tag/);
  assert.match(failure('a: 1\n---\nb: 2\n'), /multiple documents/);
  assert.match(failure('<<<<<<< HEAD\na: 1\n=======\na: 2\n>>>>>>> x\n'), /is invalid \(possible merge conflicts\)\./);
});

test('bytes that are no UTF-8 are refused by name', () => {
  assert.throws(() => decodeText(Uint8Array.of(0x61, 0xff), 'x.dvc'), /'\.\/x\.dvc' is not valid utf-8/);
});

const scalar = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 100 }), fc.string({ maxLength: 12 }), fc.integer(), fc.boolean(), fc.constant(null),
  fc.constantFrom('yes', '1e3', '-', 'a: b', '2020-01-01', "it's", 'x'.repeat(90), 'word '.repeat(30), '\ttab', 'a\u2028b', '\u0085', '- x', '? y', '...'),
);
const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
  tree: fc.oneof({ maxDepth: 4, withCrossShrink: true }, scalar, fc.array(tie('tree'), { maxLength: 4 }), fc.dictionary(fc.oneof(fc.string({ maxLength: 8 }), fc.constantFrom('path', 'md5')), tie('tree'), { maxKeys: 4, noNullPrototype: true })),
}));

test('whatever is written is read back the same', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string({ maxLength: 8 }), tree, { maxKeys: 4, noNullPrototype: true }), (data) => {
      const value = toYaml(data) as YamlMap;
      if (value.size === 0) return;
      const text = emitYaml(value);
      assert.ok(sameYaml(full(text), value), text);
    }),
    { numRuns: 1500 },
  );
});

test('the short way through a file gives what the full parser gives, or declines', () => {
  const piece = fc.constantFrom('outs:\n', '- md5: abc\n', '  path: x\n', '  size: 4\n', '- a\n', '  - b\n', 'k: v\n', "q: 'x y'\n", '    deep: 1\n', '\n', '  z:\n', '-\n', '- - a\n', 'a:\n', ' b: 1\n', 'c: d: e\n', 'x: y #z\n', 'p: a:\n', '- x:\n', '    folded\n', '\t\n', '...\n', "n: ''\n", 'y: ~\n');
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
      const text = pieces.join('');
      const value = parsePlainYaml(text);
      if (value !== undefined) assert.ok(sameYaml(full(text), value), text);
    }),
    { numRuns: 3000 },
  );
});

test('the short way reads files as DVC writes them', () => {
  assert.notEqual(parsePlainYaml("outs:\n- md5: '12345678901234567890123456789012'\n  size: 4\n  hash: md5\n  path: sp ace/f\n"), undefined);
  assert.notEqual(parsePlainYaml("schema: '2.0'\nstages:\n  train:\n    cmd: cp a b\n    deps:\n    - path: a\n      md5: abc\n    params:\n      params.yaml:\n        lr: 0.1\n"), undefined);
});

test('every scalar of the golden vectors is read back', () => {
  const vectors = JSON.parse(readFileSync(new URL('../../../test/golden/dvc-3.67.1/vectors.json', import.meta.url), 'utf8')) as { readonly yaml_scalar: readonly { readonly value: string; readonly map: string }[] };
  for (const { value, map } of vectors.yaml_scalar) assert.deepEqual(parseYaml(map, 'x'), new Map([['p', value]]));
});
