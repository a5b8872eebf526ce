import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { iniError, parseIni } from './configobj.ts';

interface Read { readonly line: string; readonly parsed?: Readonly<Record<string, unknown>>; readonly error?: string }
const vectors = JSON.parse(readFileSync(new URL('../../test/golden/dvc-3.67.1/vectors.json', import.meta.url), 'utf8')) as { readonly ini_read: readonly Read[] };

describe('a line is read as DVC reads it', () => {
  for (const { line, parsed, error } of vectors.ini_read) {
    test(JSON.stringify(line), () => {
      const document = parseIni(`[core]\n    ${line}\n`);

      const [core] = document.root.entries;
      assert.equal(iniError(document), error);
      if (error === undefined) assert.deepEqual(core?.kind === 'section' && Object.fromEntries(core.entries.map((entry) => [entry.name, entry.kind === 'key' && entry.value])), parsed);
    });
  }
});

test('a value keeps its line, also below a value of several lines', () => {
  const { root } = parseIni("[core]\n  a = '''x\ny'''\n\n  b = 1\n");

  const [core] = root.entries;
  assert.deepEqual(core?.kind === 'section' && core.entries.map(({ name, line }) => [name, line]), [['a', 2], ['b', 5]]);
});

test('a value is read literally, interpolation or not', () => {
  const [core] = parseIni('[core]\n    k = %(home)s/x\n').root.entries;

  assert.equal(core?.kind === 'section' && core.entries[0]?.kind === 'key' && core.entries[0].value, '%(home)s/x');
});

test('all faults are found; the message is that of DVC, which names the first', () => {
  const document = parseIni('[a]\nk = 1\nk = 2\n[a]\nnonsense\n');

  assert.deepEqual(document.faults.map(({ line }) => line), [3, 4, 5]);
  assert.equal(iniError(document), 'Parsing failed with several errors.\nFirst error at line 3.');
});

test('lines that would make the original backtrack for ever are read at once', { timeout: 10_000 }, () => {
  const hostile = [`k = ${'"a",'.repeat(2000)}"`, `k = ${'a,'.repeat(50_000)}`, `${'['.repeat(5000)}x${']'.repeat(4999)}`, `k = ${' '.repeat(5000)}"`, `[${'] '.repeat(5000)}x`];

  for (const line of hostile) parseIni(line);
});
