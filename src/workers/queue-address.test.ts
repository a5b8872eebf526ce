import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseQueueAddress, queueNameOf } from './queue-address.ts';
import { queueError } from './queue-error.ts';
import { loadQueueServer } from './queue-server.ts';

describe('the address of a queue', () => {
  for (const [text, kind] of [['redis://host:6379/1', 'redis'], ['rediss://host', 'redis'], ['postgres://tow@host/jobs', 'postgres'], ['postgresql:///jobs?host=/run/postgresql', 'postgres']] as const) {
    it(`'${text}' is of ${kind}`, () => { assert.equal(parseQueueAddress(text, { env: {} }).kind, kind); });
  }

  for (const text of ['', 'host:6379', 'http://host', 'file:///etc/passwd', 'redis']) {
    it(`'${text}' is refused`, () => { assert.throws(() => parseQueueAddress(text, { env: {} }), { code: 'INVALID_ARGUMENT', context: { usage: true } }); });
  }

  it('shows no password, also when it is refused', () => {
    assert.equal(parseQueueAddress('redis://me:secret@host', { env: {} }).displayUrl, 'redis://***@host');
    assert.throws(() => parseQueueAddress('amqp://me:secret@host', { env: {} }), ({ message }: Error) => !message.includes('secret'));
  });

  it('has the password of the environment where it has none', () => {
    const env = { TOW_WORKERS_PASSWORD: 'p@ss' };

    assert.equal(parseQueueAddress('redis://host', { env }).url, 'redis://:p%40ss@host');
    assert.equal(parseQueueAddress('postgres://me:mine@host/x', { env }).url, 'postgres://me:mine@host/x');
  });
});

it('every place has a queue of its own, whose name tells nothing', () => {
  const [one, other] = [queueNameOf({ displayUrl: 's3://bucket/one' }), queueNameOf({ displayUrl: 's3://bucket/other' })];

  assert.notEqual(one, other);
  assert.match(one, /^tow-[0-9a-f]{32}$/);
});

describe('what the server says', () => {
  const address = { displayUrl: 'redis://host' };
  const withCode = (code: string, message: string): Error & { readonly code: string } => Object.assign(new Error(message), { code });

  const rows: readonly (readonly [Error & { readonly code?: string }, string])[] = [
    [withCode('ECONNREFUSED', ''), 'UNAVAILABLE'], [withCode('ENOTFOUND', 'getaddrinfo'), 'UNAVAILABLE'], [new Error('WRONGPASS invalid username-password pair'), 'UNAUTHENTICATED'], [new Error('NOAUTH Authentication required.'), 'UNAUTHENTICATED'],
    [withCode('28P01', 'password authentication failed'), 'UNAUTHENTICATED'], [withCode('3D000', 'database "x" does not exist'), 'NOT_FOUND'], [withCode('42501', 'permission denied'), 'PERMISSION_DENIED'], [new Error('something else'), 'UNAVAILABLE'],
  ];
  for (const [error, code] of rows) {
    it(`is one line and ${code}: ${error.code ?? error.message}`, () => {
      const said = queueError(address, error);

      assert.deepEqual([said.code, said.cause], [code, undefined]);
      assert.match(said.message, /^the queue at 'redis:\/\/host' cannot be used: [^\n]+$/);
    });
  }
});

for (const [missing, url] of [['bullmq', 'redis://host'], ['ioredis', 'redis://host'], ['pg', 'postgres://host/x']] as const) {
  it(`without the package ${missing} it is said how to install it`, async () => {
    const absent = async (): Promise<never> => { throw new Error('Cannot find package'); };
    const there = { bullmq: async () => await import('bullmq'), redis: async () => undefined, postgres: async () => undefined };
    const packages = { ...there, ...(missing === 'bullmq' ? { bullmq: absent } : { redis: absent, postgres: absent }) };

    await assert.rejects(loadQueueServer(parseQueueAddress(url, { env: {} }), packages), { code: 'UNSUPPORTED', message: `workers need the package '${missing}', which is not installed`, hint: `npm install ${missing}` });
  });
}
