import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readInput } from './read-input.ts';

async function* piped(...texts: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}

test('what is piped is the value, without the end of its line and with all else', async () => {
  assert.equal(await readInput({}, 'password', piped(' s3', 'cret \n')), ' s3cret ');
  assert.equal(await readInput({}, 'password', piped('a\nb\r\n')), 'a\nb');
});

test('nothing, and what is far too much, is refused', async () => {
  await assert.rejects(readInput({}, 'password', piped('\n')), { code: 'INVALID_ARGUMENT', message: "the standard input holds no value for 'password'" });
  await assert.rejects(readInput({}, 'password', piped('x'.repeat(70_000))), { code: 'INVALID_ARGUMENT' });
});

test('at a terminal the person is asked, unseen', async () => {
  const asked: unknown[] = [];

  const value = await readInput({ ask: async (question) => { asked.push(question); return 'typed'; } }, 'token', piped('no'));

  assert.deepEqual([value, asked], ['typed', [{ text: 'token: ', secret: true }]]);
});
