import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { findInDockerConfig, type Kept } from './docker-config.ts';

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const find = (config: object | string, host: string, name = 'a/b'): Kept | undefined => findInDockerConfig(typeof config === 'string' ? config : JSON.stringify(config), { host, name }, "'config.json'");
const user = (kept: Kept | undefined): string | undefined => (kept?.kind === 'credentials' && kept.credentials.kind === 'basic' ? `${kept.credentials.user} ${kept.credentials.password}` : undefined);

describe("Docker's configuration", () => {
  it('a password may have colons, and an entry the older form', () => {
    assert.equal(user(find({ auths: { 'r.example': { auth: base64('ann:a:b:c') } } }, 'r.example')), 'ann a:b:c');
    assert.equal(user(find({ auths: { 'r.example': { username: 'ann', password: 'x' } } }, 'r.example')), 'ann x');
  });

  it('keys are hosts or URLs, and a port counts', () => {
    for (const key of ['r.example:5000', 'https://r.example:5000', 'http://r.example:5000/', 'https://r.example:5000/v1/', 'https://r.example:5000/v2']) {
      assert.equal(user(find({ auths: { [key]: { auth: base64('ann:x') } } }, 'r.example:5000')), 'ann x', key);
    }
    for (const key of ['r.example', 'r.example:50', 'r.example:50000', 'x.r.example:5000', 'r.example:5000.evil.example']) {
      assert.equal(find({ auths: { [key]: { auth: base64('ann:x') } } }, 'r.example:5000'), undefined, key);
    }
  });

  it('all names of Docker Hub share one entry', () => {
    for (const host of ['docker.io', 'index.docker.io', 'registry-1.docker.io', 'registry.hub.docker.com']) {
      assert.equal(user(find({ auths: { 'https://index.docker.io/v1/': { auth: base64('ann:x') } } }, host)), 'ann x', host);
      assert.deepEqual(find({ credHelpers: { 'docker.io': 'hub' } }, host), { kind: 'helper', suffix: 'hub' }, host);
    }
  });

  it('tokens count before a password, a helper of the host before an entry, an entry before the helper of all', () => {
    assert.deepEqual(find({ auths: { r: { auth: base64('ann:'), identitytoken: 'id' } } }, 'r'), { kind: 'credentials', credentials: { kind: 'identity', token: 'id', user: 'ann' } });
    assert.deepEqual(find({ auths: { r: { registrytoken: 'reg', identitytoken: 'id' } } }, 'r'), { kind: 'credentials', credentials: { kind: 'bearer', token: 'reg' } });
    assert.deepEqual(find({ auths: { r: { auth: base64('ann:x') } }, credHelpers: { r: 'own' }, credsStore: 'all' }, 'r'), { kind: 'helper', suffix: 'own' });
    assert.equal(user(find({ auths: { r: { auth: base64('ann:x') } }, credsStore: 'all' }, 'r')), 'ann x');
    assert.deepEqual(find({ auths: { r: {} }, credsStore: 'all' }, 'r'), { kind: 'helper', suffix: 'all' });
    assert.equal(find({}, 'r'), undefined);
  });

  it('what cannot be read says so without a word of it', () => {
    for (const text of ['{"auths": {"r": {"auth": "c2VjcmV0', '[]', 'null', '"secret"']) {
      assert.throws(() => find(text, 'r'), (error: Error) => 'code' in error && error.code === 'INVALID_CONFIG' && !/secret|c2Vj/.test(error.message) && error.cause === undefined);
    }
    assert.throws(() => find({ auths: { r: { auth: base64('no colon') } } }, 'r'), { code: 'INVALID_CONFIG' });
    for (const suffix of ['../x', 'a/b', '-x', 'a b']) assert.throws(() => find({ credsStore: suffix }, 'r'), { code: 'INVALID_CONFIG' });
  });
});
