import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { validate } from '../../src/repo/files/schema.ts';
import { editYaml } from '../../src/repo/files/yaml-edit.ts';
import { emitYaml } from '../../src/repo/files/yaml-emit.ts';
import { parseYaml } from '../../src/repo/files/yaml-text.ts';
import { fromYaml, toYaml } from '../../src/repo/files/yaml-value.ts';
import type { YamlMap } from '../../src/repo/files/yaml-value.ts';
import { dvcCode, plain } from './dvc-code.ts';

const { skip, ask, answerTo } = dvcCode();

const hex = fc.string({ unit: fc.constantFrom(...'0123456789abcdef'.split('')), minLength: 32, maxLength: 32 });
const word = fc.oneof(fc.string({ minLength: 1, maxLength: 20 }), fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 }), fc.constantFrom('a b', "it's", 'a: b#c', '1e5', 'yes', 'null', '- x', 'x'.repeat(90), 'word '.repeat(20), '2020-01-01', '#x', '"q"')).filter((text) => !/[\u0085\u2028\u2029\ud800-\udfff\ufffe\uffff]/.test(text));
const output = fc.record(
  { md5: hex, size: fc.nat(), nfiles: fc.nat(), isexec: fc.constant(true), hash: fc.constant('md5'), path: word, desc: word, labels: fc.array(word, { minLength: 1, maxLength: 3 }), cache: fc.constant(false), remote: word, push: fc.constant(false) },
  { requiredKeys: ['md5', 'path'], noNullPrototype: true },
);
const stage = fc.record({ md5: hex, frozen: fc.constant(true), outs: fc.array(output, { minLength: 1, maxLength: 3 }), desc: word, meta: fc.dictionary(word.filter((text) => text.length < 30), fc.oneof(word, fc.integer(), fc.boolean()), { maxKeys: 3, noNullPrototype: true }).filter((map) => Object.keys(map).length > 0) }, { requiredKeys: ['outs'], noNullPrototype: true });

test('a new file has the bytes that DVC writes', { skip }, async () => {
  await fc.assert(
    fc.asyncProperty(stage, async (data) => {
      assert.equal(emitYaml(toYaml(data) as YamlMap), await ask({ kind: 'dump', data }));
    }),
    { numRuns: 400 },
  );
});

test('a file that DVC wrote and we edit has the bytes DVC would have left', { skip }, async () => {
  await fc.assert(
    fc.asyncProperty(stage, stage, async (before, next) => {
      // The number of outputs stays: a list that changes its length is written anew by both, but DVC then puts comments elsewhere.
      const outs = before.outs.map((old, index) => ({ ...old, ...next.outs[index] }));
      const data = { ...next, outs };
      const text = String(await ask({ kind: 'dump', data: before }));

      assert.equal(editYaml(text, toYaml(data) as YamlMap, 'x.dvc'), await ask({ kind: 'edit', text, data }));
    }),
    { numRuns: 400 },
  );
});

/** The same data in the ways people write it: comments, flow style, quotes, blanks, deep indentation. */
function decorate(text: string, choices: readonly number[]): string {
  let at = 0;
  const choose = (count: number): number => (choices[at++ % choices.length] ?? 0) % count;
  const lines = text.split('\n').flatMap((line) => {
    if (line === '' || /^\s*\S+: $/.test(line) || !/^[- ]*[a-z0-9]+:( [A-Za-z0-9./]+)?$/.test(line)) return [line];
    const kind = choose(6);
    if (kind === 0) return [`${line} # about this`];
    if (kind === 1) return [`${/^ */.exec(line)?.[0] ?? ''}# before`, line];
    if (kind === 2) return [line.replace(/: ([a-f][a-z0-9]*)$/, ': "$1"')];
    if (kind === 3) return [line.replace(/: (\S)/, ':   $1')];
    return [line];
  });
  return lines.join('\n');
}

test('a file that people wrote and we edit holds, to DVC, exactly the new data, and every comment', { skip }, async () => {
  await fc.assert(
    fc.asyncProperty(stage, stage, fc.array(fc.nat(), { minLength: 10, maxLength: 40 }), async (before, next, choices) => {
      const text = decorate(emitYaml(toYaml(before) as YamlMap), choices);
      if (JSON.stringify(plain(parseYaml(text, 'x'))) !== JSON.stringify(plain(toYaml(before)))) return;
      // What is taken away takes the comments inside with it, so nothing is taken away here.
      const outs = before.outs.map((old, index) => ({ ...old, ...next.outs[index] }));
      const data = { ...before, ...next, outs, ...(before.meta && { meta: { ...before.meta, ...next.meta } }) };

      const edited = editYaml(text, toYaml(data) as YamlMap, 'x.dvc');

      assert.deepEqual(await ask({ kind: 'load', text: edited }), plain(toYaml(data)), edited);
      assert.equal(edited.match(/^ *# before$/gm)?.length ?? 0, text.match(/^ *# before$/gm)?.length ?? 0, edited);
    }),
    { numRuns: 400 },
  );
});

test('plain scalars mean to us what they mean to DVC', { skip }, async () => {
  const shapes = fc.oneof(fc.string({ unit: fc.constantFrom(...'0123456789._-+eExobInfNaTZ:~ '.split('')), minLength: 1, maxLength: 10 }), fc.constantFrom('2001-12-14 21:59:43.10', '1_000.5', '0o17', '-0x1F', '.5e+3', '.5e3', '1.e5', '+.inf', '._', '-_', '0b', '0x', '1__0', '<<', '='));
  await fc.assert(
    fc.asyncProperty(shapes, async (shape) => {
      const text = `p: ${shape.trim()}\n`;
      const theirs = await answerTo({ kind: 'load', text });
      if (theirs.error !== undefined || JSON.stringify(theirs.ok).includes('date')) return;
      assert.deepEqual(plain(parseYaml(text, 'x')), theirs.ok, text);
    }),
    { numRuns: 2000 },
  );
});

const spoiled: readonly (readonly ['dvc-file' | 'dvc-yaml' | 'dvc-lock', string])[] = [
  ['dvc-file', 'outs:\n- md5: zz\n  path: 3\n  size: x\nfoo: 1\n'], ['dvc-file', 'outs: 3\ndeps: x\nmd5: [1]\nfrozen: maybe\nwdir: 3\n'],
  ['dvc-file', 'deps:\n- path: x\n  repo: {rev: 1}\n- repo: {url: x, config: 3, remote: [1]}\n  path: y\n'], ['dvc-file', 'outs:\n- path: x\n  cloud: {a: {etag: abc}, b: {etag: abc}}\n'],
  ['dvc-file', 'outs:\n- path: x\n  labels: a\n  fs_config: 1\n  files: [{md5: abc}]\n  cache: 1\n  hash: 3\n'], ['dvc-file', 'outs:\n- md5: 123\n  path: x\n  isexec: 1\n  nfiles: true\n'],
  ['dvc-yaml', 'stages:\n  a:\n    foo: 1\n    outs: x\n'], ['dvc-yaml', 'stages:\n  a:\n    cmd: x\n    outs: [{p: {cache: 1}}, 3]\n    params: [1]\n    wdir: 3\n'],
  ['dvc-yaml', 'stages:\n  a:\n    foreach: 3\n    do: {x: 1}\n'], ['dvc-yaml', 'stages:\n  a:\n    do: {cmd: x}\nvars: 3\nmetrics: [1]\n'], ['dvc-yaml', 'artifacts:\n  m: {type: x}\nplots: [3, {a: {x: 1}}]\nother: 1\n'],
  ['dvc-lock', 'schema: "1.0"\nstages:\n  a:\n    outs:\n    - md5: x\n'], ['dvc-lock', 'a:\n  cmd: x\n'], ['dvc-lock', "schema: '2.0'\nstages:\n  a:\n    cmd: 3\n    params: {p: 3}\n    deps: x\n    extra: 1\n"],
];

test('the schema finds what DVC finds', { skip }, async () => {
  for (const [schema, text] of spoiled) {
    const theirs = (await ask({ kind: 'schema', schema, text })) as readonly (readonly string[])[];
    let message = '';
    try {
      validate(parseYaml(text, 'x.dvc'), schema, { text, file: 'x.dvc' });
    } catch (error) {
      message = error instanceof Error ? error.message : '';
    }
    for (const [what = '', where = ''] of theirs) assert.ok(message.includes(`${what}, in ${where}, line`), `${text}\nDVC: ${what}, in ${where}\nwe: ${message}`);
  }
});

test('a value that is read is written back as the judge reads it', { skip }, async () => {
  const text = 'a: 1e-07\nb: 1.0\nc: .inf\nd: 123456789012345678901234567890\ne: 1e16\n';

  assert.deepEqual(await ask({ kind: 'load', text: emitYaml(parseYaml(text, 'x') as YamlMap) }), await ask({ kind: 'load', text }));
  assert.equal(typeof fromYaml(parseYaml(text, 'x')), 'object');
});
