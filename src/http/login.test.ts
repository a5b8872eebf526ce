import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { hasCode } from '../errors.ts';
import { fetched, type KeyCredentials, keyPair } from './login.ts';

describe('credentials that end', () => {
  it('are fetched once for all who wait, kept until shortly before their end, and again when the service calls them expired', async () => {
    let fetches = 0;
    const source = fetched(async () => ({ accessKeyId: String(++fetches), secretAccessKey: 's', expiresAt: 1_000_000 }));

    const [first, same] = await Promise.all([source.renew(), source.renew()]);

    assert.equal(first, same);
    assert.equal(source.current(0), first);
    assert.equal(source.current(900_000), undefined);
    assert.ok(source.discard(first));
    assert.equal(source.current(0), undefined);
    assert.equal((await source.renew()).accessKeyId, '2');
    assert.ok(source.discard(first));
    assert.equal(source.current(0)?.accessKeyId, '2', 'what was sent before is not what was fetched since');
  });

  it('can be fetched again after a failure', async () => {
    let fetches = 0;
    const source = fetched<KeyCredentials>(async () => {
      if (++fetches === 1) throw new Error('no');
      return { accessKeyId: 'a', secretAccessKey: 'b' };
    });

    await assert.rejects(source.renew(), /no/);
    assert.equal((await source.renew()).accessKeyId, 'a');
  });
});

describe('a key and its secret', () => {
  it('stand together or not at all', () => {
    assert.deepEqual(keyPair('a', 'b', { token: 'c', names: 'x' }), { accessKeyId: 'a', secretAccessKey: 'b', sessionToken: 'c' });
    assert.equal(keyPair(undefined, '', { token: 'c', names: 'x' }), undefined);
    assert.throws(() => keyPair('', 'hidden', { token: undefined, names: "'k' and 's'" }), (error) => hasCode(error, 'INVALID_CONFIG') && error.message === "Only one of 'k' and 's' is set");
  });
});
