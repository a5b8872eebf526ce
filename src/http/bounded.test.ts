import assert from 'node:assert/strict';
import { test } from 'node:test';
import { scripted, type ScriptedAnswer } from '../../test/transport/scripted.ts';
import { peekText, readBytes, readText } from './bounded.ts';
import type { HttpResponse } from './transport.ts';

const url = new URL('http://host/');
const answer = (given: Partial<ScriptedAnswer>): Promise<HttpResponse> => scripted(() => ({ status: 200, ...given })).send({ method: 'GET', url, headers: [] });

test('a body up to the limit is read, one byte more is CORRUPT', async () => {
  assert.equal(Buffer.from(await readBytes(await answer({ body: ['ab', 'cd'] }), 4)).toString(), 'abcd');
  assert.equal((await readBytes(await answer({}), 0)).byteLength, 0);
  await assert.rejects(async () => readBytes(await answer({ body: ['ab', 'cd'] }), 3), { code: 'CORRUPT' });
});

test('a length above the limit is refused before a byte is read', async () => {
  const transport = scripted(() => ({ status: 200, headers: { 'content-length': '1000000000' }, body: 'x' }));
  await assert.rejects(async () => readBytes(await transport.send({ method: 'GET', url, headers: [] }), 100), { code: 'CORRUPT' });
  assert.equal(transport.cancelled(), 1);
});

test('text must be UTF-8', async () => {
  assert.equal(await readText(await answer({ body: ['caf\xc3', '\xa9'] }), 10), 'café');
  await assert.rejects(async () => readText(await answer({ body: '\xff' }), 10), { code: 'CORRUPT' });
});

test('a peek takes no more than it is allowed, and survives a body that breaks', async () => {
  assert.equal(await peekText(await answer({ body: ['abc', 'def'] }), 4), 'abcd');
  assert.equal(await peekText(await answer({ body: 'ab', failure: new Error('cut') }), 4), 'ab');
});
