import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AccessToken } from './oauth.ts';
import { cacheTokens } from './token-cache.ts';

interface Desk {
  now: number;
  asked: number;
  readonly fetchToken: () => Promise<AccessToken>;
}

/** Gives the tokens t1, t2, ... of one lifetime. */
function desk(seconds: number): Desk {
  const self: Desk = { now: 0, asked: 0, fetchToken: async () => ({ value: `t${++self.asked}`, expiresAt: self.now + seconds * 1000 }) };
  return self;
}

test('a token is kept until shortly before its end', async () => {
  const given = desk(3600);
  const cache = cacheTokens(given.fetchToken, () => given.now);
  assert.equal(cache.current(), undefined);
  assert.equal(await cache.get(), 't1');

  given.now = 3_479_000;
  assert.deepEqual([cache.current(), await cache.get()], ['t1', 't1']);

  given.now = 3_480_000;
  assert.deepEqual([cache.current(), await cache.get()], [undefined, 't2']);
});

test('a token that lives shorter than the margin is used for half its life', async () => {
  const given = desk(60);
  const cache = cacheTokens(given.fetchToken, () => given.now);
  await cache.get();

  given.now = 29_000;
  assert.equal(cache.current(), 't1');
  given.now = 31_000;
  assert.equal(cache.current(), undefined);
});

test('callers that come together share one fetch', async () => {
  const given = desk(3600);
  const cache = cacheTokens(given.fetchToken, () => given.now);
  assert.deepEqual(await Promise.all([cache.get(), cache.get(), cache.get()]), ['t1', 't1', 't1']);
});

test('a refused token is replaced once, whoever complains', async () => {
  const given = desk(3600);
  const cache = cacheTokens(given.fetchToken, () => given.now);
  await cache.get();

  assert.deepEqual([cache.discard('t1'), cache.discard('t1')], [true, false]);
  assert.equal(await cache.get(), 't2');
  assert.equal(cache.discard('t1'), false);
  assert.equal(cache.current(), 't2');
});

test('a failure is not kept', async () => {
  let asked = 0;
  const cache = cacheTokens(async () => {
    if (++asked === 1) throw new Error('no net');
    return { value: 't', expiresAt: 3_600_000 };
  }, () => 0);
  await assert.rejects(cache.get(), /no net/);
  assert.equal(await cache.get(), 't');
});
