import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withoutStages } from './without-stages.ts';

const gone = (...names: readonly string[]): ReadonlySet<string> => new Set(names);

test('a stage goes with its lines, all else stays as it was written', () => {
  const text = 'vars: [a.yaml]   # mine\nstages:\n  one:\n    cmd: "echo 1"  # first\n\n  # about two\n  two: {cmd: echo 2}\n';
  assert.equal(withoutStages(text, 'dvc.yaml', gone('two')), text.replace('  two: {cmd: echo 2}\n', ''));
  assert.equal(withoutStages(text, 'dvc.yaml', gone('absent')), text);
});

test('with its last stage a file goes, unless something else stands in it', () => {
  assert.equal(withoutStages('stages:\n  one:\n    cmd: x\n', 'dvc.yaml', gone('one')), undefined);
  assert.equal(withoutStages("schema: '2.0'\nstages:\n  one:\n    cmd: x\n", 'dvc.lock', gone('one')), undefined);
  assert.equal(withoutStages('stages:\n  one:\n    cmd: x\nplots:\n- a.csv\n', 'dvc.yaml', gone('one')), 'plots:\n- a.csv\n');
});
