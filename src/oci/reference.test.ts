import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseReference } from './reference.ts';

const DIGEST = `sha256:${'0a'.repeat(32)}`;

describe('a reference', () => {
  it('is read as Docker and ORAS read it', () => {
    const read: Readonly<Record<string, object>> = {
      'ghcr.io/org/data:v1': { host: 'ghcr.io', name: 'org/data', tag: 'v1' },
      'localhost/data': { host: 'localhost', name: 'data' },
      'localhost:5000/a/b/c': { host: 'localhost:5000', name: 'a/b/c' },
      '[::1]:5000/a:t': { host: '[::1]:5000', name: 'a', tag: 't' },
      [`REGISTRY.example/a@${DIGEST}`]: { host: 'registry.example', name: 'a', digest: DIGEST },
      [`registry.example/a:t@${DIGEST}`]: { host: 'registry.example', name: 'a', tag: 't', digest: DIGEST },
      ubuntu: { host: 'docker.io', name: 'library/ubuntu' },
      'user/data:1.0': { host: 'docker.io', name: 'user/data', tag: '1.0' },
      'docker.io/ubuntu:24.04': { host: 'docker.io', name: 'library/ubuntu', tag: '24.04' },
      'registry.hub.docker.com/user/pods': { host: 'registry.hub.docker.com', name: 'user/pods' },
      'a.example/x_y/z__w/q-----r.s': { host: 'a.example', name: 'x_y/z__w/q-----r.s' },
    };
    for (const [text, wanted] of Object.entries(read)) assert.deepEqual(parseReference(text), wanted, text);
  });

  it('that is none is refused', () => {
    const long = `a.example/${'a'.repeat(250)}`;
    for (const text of ['', '/', 'a.example/', 'a.example/A', 'a.example/a//b', 'a.example/../b', 'a.example/a_', 'a.example/a___b', 'a.example/a..b', 'a.example/-a', 'a.example/a:', 'a.example/a:.x', 'a.example/a@sha256:abc', 'a.example/a@md5', 'user:pass@a.example/b', 'a b.example/c', 'a.example:port/b', 'https://a.example/b', 'a.example/b?c', 'a.example/b\n', long]) {
      assert.throws(() => parseReference(text), { code: 'INVALID_ARGUMENT' }, text);
    }
    assert.throws(() => parseReference(`a.example/a@blake3:${'0'.repeat(64)}`), { code: 'UNSUPPORTED' });
  });
});
