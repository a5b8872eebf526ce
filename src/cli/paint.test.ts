import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPaint } from './paint.ts';

test('colours are for terminals, and for who wants them', () => {
  const shown = (isTTY: boolean, env: Readonly<Record<string, string>>): string => {
    const { red, yellow, dim } = createPaint({ isTTY, env });
    return red('r') + yellow('y') + dim('d');
  };

  assert.equal(shown(true, {}), '\u001b[31mr\u001b[39m\u001b[33my\u001b[39m\u001b[2md\u001b[22m');
  assert.equal(shown(true, { NO_COLOR: '' }), shown(true, {}));
  for (const plain of [shown(false, {}), shown(true, { NO_COLOR: '1' }), shown(true, { TERM: 'dumb' })]) assert.equal(plain, 'ryd');
});
