import assert from 'node:assert/strict';
import { it } from 'node:test';
import { covers, mergeScopes, scopesOf } from './scopes.ts';

it('what a token must allow is read off the request', () => {
  const of = (method: string, path: string): readonly string[] => scopesOf({ method, url: new URL(path, 'https://r.example') });

  assert.deepEqual(of('GET', '/v2/'), []);
  assert.deepEqual(of('HEAD', '/v2/a/b/manifests/v1'), ['repository:a/b:pull']);
  assert.deepEqual(of('GET', '/v2/a/manifests/b/blobs/sha256:0'), ['repository:a/manifests/b:pull']);
  assert.deepEqual(of('GET', '/v2/a/tags/list?n=5'), ['repository:a:pull']);
  assert.deepEqual(of('PUT', '/v2/a/blobs/uploads/1?digest=x'), ['repository:a:pull,push']);
  assert.deepEqual(of('POST', '/v2/a/blobs/uploads/?mount=sha256:0&from=b%2Fc'), ['repository:a:pull,push', 'repository:b/c:pull']);
  assert.deepEqual(of('DELETE', '/v2/a/manifests/sha256:0'), ['repository:a:delete,pull,push']);
  assert.deepEqual(of('DELETE', '/v2/a/blobs/uploads/1'), ['repository:a:pull,push']);
});

it('scopes of one resource are one, spelled one way', () => {
  assert.deepEqual(mergeScopes(['repository:b:push,pull', '', 'repository:a:pull', 'repository:b:delete', 'registry:catalog:*']), ['registry:catalog:*', 'repository:a:pull', 'repository:b:delete,pull,push']);
  assert.equal(covers(['repository:a:pull,push'], ['repository:a:pull']), true);
  assert.equal(covers(['repository:a:pull'], ['repository:a:pull,push']), false);
  assert.equal(covers(['repository:a:pull'], ['repository:b:pull']), false);
});
