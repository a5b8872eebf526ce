import assert from 'node:assert/strict';
import { test } from 'node:test';
import { scripted } from '../../../test/transport/scripted.ts';
import { hasCode } from '../../errors.ts';
import type { HttpResponse } from '../../http/transport.ts';
import { readBatch, writeBatch } from './batch.ts';

const answered = (body: string, type = 'multipart/mixed; boundary="b 1"'): Promise<HttpResponse> =>
  scripted(() => ({ status: 200, headers: { 'content-type': type }, body })).send({ method: 'POST', url: new URL('https://x.example/'), headers: [] });
const part = (id: string, status: string, body = ''): string => `--b 1\r\nContent-Type: application/http\r\n${id}\r\nHTTP/1.1 ${status}\r\nContent-Type: application/json\r\n\r\n${body}\r\n`;

test('each request is a part of its own', () => {
  const { contentType, body } = writeBatch(['DELETE /a', 'DELETE /b?generation=1'], (count) => new Uint8Array(count));

  const boundary = /boundary=(\S+)$/.exec(contentType)?.[1] ?? '';
  const text = Buffer.from(body.bytes ?? '').toString();
  assert.equal(text.split(`--${boundary}`).length, 4);
  assert.match(text, /content-id: <2>\r\n\r\nDELETE \/b\?generation=1 HTTP\/1\.1\r\n\r\n/);
});

test('answers are told apart by their ids, in any order, or else by their order', async () => {
  const answers = [part('Content-ID: <response-2>\r\n', '204 No Content'), part('Content-ID: <response-1>\r\n', '403 Forbidden', '{"error":{}}')];
  assert.deepEqual(await readBatch(await answered(`${answers.join('')}--b 1--`), 3, 10_000), [{ status: 403, body: '{"error":{}}' }, { status: 204, body: '' }, undefined]);
  assert.deepEqual((await readBatch(await answered(`${part('', '204 No Content')}${part('', '404 Not Found')}--b 1--`), 2, 10_000)).map((one) => one?.status), [204, 404]);
});

test('what is no batch is CORRUPT', async () => {
  await assert.rejects(readBatch(await answered('{}', 'application/json'), 1, 10_000), (error) => hasCode(error, 'CORRUPT'));
  await assert.rejects(readBatch(await answered('x'.repeat(20_000)), 1, 10_000), (error) => hasCode(error, 'CORRUPT'));
});
