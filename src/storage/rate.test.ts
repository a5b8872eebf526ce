import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseRate } from './rate.ts';

const MIB = 1024 ** 2;

for (const [text, up, down, isTogether] of [
  ['10M', 10 * MIB, 10 * MIB, true], ['512k', 524_288, 524_288, true], ['1.5MiB/s', 1.5 * MIB, 1.5 * MIB, true], ['1000', 1000, 1000, true], ['2GB', 2048 * MIB, 2048 * MIB, true],
  ['off', Infinity, Infinity, false], ['10M:off', 10 * MIB, Infinity, false], ['OFF:1k/s', Infinity, 1024, false], ['10M:10M', 10 * MIB, 10 * MIB, false], [' 100b ', 100, 100, true],
] as const) {
  test(`'${text}' is ${up} bytes a second up and ${down} down`, () => {
    assert.deepEqual(parseRate(text), { up, down, isTogether });
  });
}

for (const text of ['', '0', '0.1', '-1', '10Mbit', '10 M M', '1:2:3', ':', '10M:', 'fast', '1e6', 'Infinity', '9999999999999T']) {
  test(`'${text}' is no rate, and the message says what is one`, () => {
    assert.throws(() => parseRate(text), { code: 'INVALID_CONFIG', message: `expected a rate such as '10M', '512k', '1.5MiB/s', '10M:off' or 'off', got '${text}'` });
  });
}
