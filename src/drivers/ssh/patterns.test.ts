import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { matchesPattern, matchesPatterns } from './patterns.ts';

test('a star stands for any text and a question mark for one character', () => {
  assert.deepEqual(['*.example.com', 'a?.example.com', 'a1.example.com', '*', '192.0.2.?', ''].map((pattern) => matchesPattern(pattern, 'a1.example.com')), [true, true, true, true, false, false]);
});

test('a negated pattern wins wherever it stands, and alone matches nothing', () => {
  assert.equal(matchesPatterns(['*.example.com', '!bad.example.com'], 'bad.example.com'), false);
  assert.equal(matchesPatterns(['!bad.example.com', '*.example.com'], 'good.example.com'), true);
  assert.equal(matchesPatterns(['!bad.example.com'], 'good.example.com'), false);
});

test('it agrees with a regular expression of the same meaning', () => {
  const meaning: Readonly<Record<string, string>> = { '*': '.*', '?': '.', '.': '\\.' };
  const piece = fc.constantFrom('a', 'b', '.', '*', '?');
  fc.assert(fc.property(fc.array(piece, { maxLength: 8 }), fc.array(fc.constantFrom('a', 'b', '.'), { maxLength: 10 }), (pattern, text) => {
    const expression = pattern.map((one) => meaning[one] ?? one).join('');
    assert.equal(matchesPattern(pattern.join(''), text.join('')), new RegExp(`^${expression}$`, 's').test(text.join('')));
  }), { numRuns: 1000 });
});

test('many stars against a long name take no time', () => {
  assert.equal(matchesPattern(`${'*a'.repeat(50)}b`, 'a'.repeat(2000)), false);
});
