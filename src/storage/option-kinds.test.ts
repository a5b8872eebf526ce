import assert from 'node:assert/strict';
import { test } from 'node:test';
import { choice, either, file, flag, integer, list, lower, seconds, size } from './option-kinds.ts';
import type { Option } from './option.ts';

const refusals: readonly (readonly [string, Option<unknown>, string, RegExp])[] = [
  ['a flag', flag('', { initial: true }), 'yes', /^expected true or false, got 'yes'$/],
  ['a flag', flag('', { initial: true }), '1', /^expected true or false/],
  ['a choice', choice(['a', 'b'], ''), 'c', /^expected one of a, b, got 'c'$/],
  ['seconds', seconds('', { initial: 1 }), '-1', /^expected a number of seconds/],
  ['an integer', integer(''), '1.5', /^expected int, got '1.5'$/],
  ['an integer', integer(''), '', /^expected int/],
  ['an integer', integer('', { minimum: 1 }), '0', /^value must be at least 1, got '0'$/],
  ['an integer', integer('', { maximum: 100 }), '101', /^value must be at most 100/],
  ['a size', size(''), '24 XiB', /^expected a size such as '24MiB', got/],
  ['a size', size(''), '9999999999999TiB', /^expected a size/],
  ['a list', list(['copy', 'reflink'], '', { refusal: 'Unsupported cache type(s)' }), 'copy,foo', /^Unsupported cache type\(s\): foo$/],
];
for (const [kind, option, value, message] of refusals) {
  test(`${kind} refuses '${value}'`, () => {
    assert.throws(() => option.parse(value), { code: 'INVALID_CONFIG', message });
  });
}

const readings: readonly (readonly [string, Option<unknown>, string, unknown])[] = [
  ['a flag', flag('', { initial: true }), 'False', false],
  ['an integer', integer('', { minimum: 1 }), ' 1_000 ', 1000],
  ['an integer', integer(''), '+7', 7],
  ['a size in bytes', size(''), '10', 10],
  ['a size', size(''), '24MiB', 24 * 1024 * 1024],
  ['a size', size(''), '2 KB', 2048],
  ['a list', list(['copy', 'reflink'], ''), 'reflink, copy', ['reflink', 'copy']],
  ['a text without case', lower(''), 'MyRemote', 'myremote'],
  ['either', either(flag('', { initial: true }), file('')), 'ca.pem', 'ca.pem'],
  ['either', either(flag('', { initial: true }), file('')), 'TRUE', true],
];
for (const [kind, option, value, read] of readings) {
  test(`${kind} reads '${value}'`, () => {
    assert.deepEqual(option.parse(value), read);
  });
}
