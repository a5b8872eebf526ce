import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { projectFolder } from '../../../test/project.ts';
import { TowlineError } from '../../errors.ts';
import { parseHocon } from './parse-hocon.ts';

const env = { AWSX: 'envval', EMPTY: '', HOME: '/root' };
const readText = (path: string): string | undefined => (path.endsWith('/inc.conf') ? 'inc: yes' : undefined);
const read = (text: string): unknown => plain(parseHocon(text, { env, readText, folder: '/x' }));
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value, (_key, one: unknown) => (typeof one === 'bigint' ? Number(one) : one)));
const cases = ['2.1.7', '2.1.12'].flatMap((version) => JSON.parse(readFileSync(join(projectFolder, `test/golden/clearml-${version}/hocon-cases.json`), 'utf8')) as readonly (readonly [text: string, value: { readonly __error?: string }])[]);

/** Where ClearML's reader is wrong or gives up, and what is right. */
const BETTER: Readonly<Record<string, { readonly why: string; readonly value: unknown }>> = {
  'a: True then': { why: 'it loses the blank', value: { a: 'True then' } },
  'a: """x y""" z': { why: 'it loses the blank', value: { a: 'x y z' } },
  'a: 5 s': { why: 'it makes a span of time of it at the end of a file only', value: { a: '5 s' } },
  'a { b = 1 } { c = 2 }': { why: 'objects beside each other are joined, as everywhere', value: { a: { b: 1, c: 2 } } },
  'a: 3\na: {b:1}': { why: 'a later value wins', value: { a: { b: 1 } } },
  '"a.b".c: 1': { why: 'a key may begin with quotes', value: { 'a.b': { c: 1 } } },
  'a."b.c".d: 1': { why: 'a key may have quotes within', value: { a: { 'b.c': { d: 1 } } } },
  'a."b": 1': { why: 'a key may end with quotes', value: { a: { b: 1 } } },
  'a: [1]\na += 2': { why: "'+=' adds to a list", value: { a: [1, 2] } },
  'a += 1': { why: "'+=' makes a list", value: { a: [1] } },
  '日本: 1': { why: 'letters of every script are letters', value: { 日本: 1 } },
  '﻿a: 1': { why: 'a byte order mark says nothing', value: { a: 1 } },
  'a: x y\tz': { why: 'a tab stays a tab', value: { a: 'x y\tz' } },
  'a: ${?a}': { why: 'a value that is only itself is absent', value: {} },
  'a.${b}: 1': { why: '', value: undefined },
};

test('every text is read as ClearML reads it, or better where it is wrong', () => {
  const differing = cases.flatMap(([text, value]) => {
    const better = BETTER[text];
    const wanted = better?.value === undefined ? value : better.value;
    if (value.__error !== undefined && better?.value === undefined) {
      return refuses(text) ? [] : [{ text, wanted, found: read(text) }];
    }
    const found = attempt(text);
    return JSON.stringify(found) === JSON.stringify(wanted) ? [] : [{ text, wanted, found }];
  });

  assert.deepEqual(differing, []);
  assert.ok(cases.length >= 170);
});

function refuses(text: string): boolean {
  try {
    read(text);
    return false;
  } catch (error) {
    return error instanceof TowlineError && error.code === 'INVALID_CONFIG' && /^[^:]+:\d+:\d+: /.test(error.message);
  }
}
function attempt(text: string): unknown {
  try {
    return read(text);
  } catch (error) {
    return String(error);
  }
}

for (const [text, message] of [
  ['a: 1\nb: {\n c: x+y\n}', "<text>:3:6: '+' is not allowed in a value without quotes"],
  ['a: {b: 1', "<text>:1:9: '}' is missing at the end"],
  ['a: [1, 2', "<text>:1:4: ']' is missing at the end of this list"],
  ['a: 1\n b: "x', '<text>:2:5: a text in quotes has no end on its line'],
  ['x: 1\na: ${NOPE}', '<text>:2:4: ${NOPE} cannot be resolved: there is no such key in the file and no such variable in the environment'],
  ['a: ${b}\nb: ${a}', "<text>:2:4: ${a} refers to itself through 'a'"],
  ['a: 1}', "<text>:1:5: a key is missing before '}'"],
  ['{a: 1}}', "<text>:1:7: '}' is not expected here"],
] as const) {
  test(`${JSON.stringify(text)} is refused with its place`, () => {
    assert.throws(() => parseHocon(text), (error) => error instanceof TowlineError && error.message.startsWith(message) || assert.fail(String(error)));
  });
}

test('a value on the next line that looks like an entry is a warning', () => {
  const warnings: string[] = [];

  assert.deepEqual(plain(parseHocon('key:\nsecret: x', { warn: (text) => warnings.push(text) })), { key: 'secret: x' });
  assert.deepEqual(warnings, ["<text>:1: 'key' has no value on its line, so the next line became its value"]);
});

test('digits can be kept as they are written', () => {
  assert.deepEqual(plain(parseHocon('key: 0012, n: 5, t: "7", list: [01], on: true', { keepsDigits: true })), { key: '0012', n: '5', t: '7', list: ['01'], on: true });
});

test('files are included from beside the file, their errors name them, and URLs are never fetched', (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'towline-hocon-'));
  context.after(() => { rmSync(folder, { recursive: true }); });
  writeFileSync(join(folder, 'inc.conf'), 'inner: ${x}\nx: 2');
  writeFileSync(join(folder, 'bad.conf'), '\n a: ^');
  const warnings: string[] = [];
  const file = join(folder, 'main.conf');

  assert.deepEqual(plain(parseHocon('x: 1\nbox { include "inc" }\ninclude url("http://host/x.conf")\ninclude "gone.conf"', { file, warn: (text) => warnings.push(text) })), { x: 1, box: { inner: 2, x: 2 } });
  assert.equal(warnings.length, 2);
  assert.throws(() => parseHocon('include "bad.conf"', { file }), new RegExp(`bad.conf:2:5: '\\^'`));
  assert.throws(() => parseHocon('include required(url("http://host/x.conf"))', { file }), /only files can/);
  writeFileSync(join(folder, 'self.conf'), 'include "self.conf"');
  assert.throws(() => parseHocon('include "self.conf"', { file }), /too deeply/);
});

test('what is hostile is refused in bounded time and memory', () => {
  const bomb = Array.from({ length: 40 }, (_, index) => `a${index}: \${a${index + 1}}\${a${index + 1}}`).join('\n');

  for (const text of [`${bomb}\na40: xxxx`, '['.repeat(100_000), 'a{'.repeat(100_000), 'a.'.repeat(200_000) + 'a: 1']) {
    try {
      parseHocon(text);
    } catch (error) {
      assert.ok(error instanceof TowlineError, String(error));
    }
  }
  assert.deepEqual(Object.keys(parseHocon('__proto__ { a: 1 }, constructor: 2') as object), ['__proto__', 'constructor']);
  assert.equal(({} as { a?: unknown }).a, undefined);
});
