import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hasCode } from '../../errors.ts';
import { commitOfArtifact, compareVersions, parseTag } from './artifact-tags.ts';

const tags = ['model@v1.0.0', 'model@v1.10.0', 'model@v1.9.0', 'model@v2.0.0', 'model@v2.0.0!', 'sub/dir=model@v3.0.0', 'model#prod', 'model#dev#1', 'model#dev!#2', 'no artifact', 'model@latest'].flatMap((name) => parseTag(name, name));

test('names of tags are read as GTO writes them, others are none', () => {
  assert.deepEqual(tags.map(({ artifact }) => artifact), [...Array.from({ length: 5 }, () => 'model'), 'sub/dir:model', ...Array.from({ length: 3 }, () => 'model')]);
  assert.deepEqual(parseTag('sub=m#prod!#3', 'c'), [{ artifact: 'sub:m', stage: 'prod', isTakenBack: true, commit: 'c' }]);
});

test('the greatest version counts, or the one that was asked for; what was taken back does not', () => {
  assert.equal(commitOfArtifact(tags, { artifact: 'model' }), 'model@v1.10.0');
  assert.equal(commitOfArtifact(tags, { artifact: 'model', version: 'v1.9.0' }), 'model@v1.9.0');
  assert.equal(commitOfArtifact(tags, { artifact: 'model', stage: 'prod' }), 'model#prod');
  assert.equal(commitOfArtifact(tags, { artifact: 'sub/dir:model' }), 'sub/dir=model@v3.0.0');
  for (const wanted of [{ version: 'v2.0.0' }, { stage: 'dev' }, { version: 'v9.0.0' }]) assert.throws(() => commitOfArtifact(tags, { artifact: 'model', ...wanted }), (error) => hasCode(error, 'NOT_FOUND'));
});

test('versions are ordered as semver says', () => {
  const sorted = ['v1.0.0-alpha', 'v1.0.0-alpha.1', 'v1.0.0-alpha.beta', 'v1.0.0-beta.2', 'v1.0.0-beta.11', 'v1.0.0-rc.1', 'v1.0.0', 'v1.2.0', 'v1.10.0'];

  assert.deepEqual([...sorted].reverse().sort(compareVersions), sorted);
});
