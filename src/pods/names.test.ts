import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hasCode } from '../errors.ts';
import { parseObjectName, parsePodReference, stateName, versionName } from './names.ts';

test('a pod is named with or without a version, also in the way of lstk', () => {
  assert.deepEqual(parsePodReference('my-pod_1'), { name: 'my-pod_1' });
  assert.deepEqual(parsePodReference('my-pod:12'), { name: 'my-pod', version: 12 });
  assert.deepEqual(parsePodReference('pod:my-pod:12'), { name: 'my-pod', version: 12 });
});

test('what is no name and no version is refused', () => {
  for (const text of ['', ':1', 'a/b', '../x', 'a.b', 'ä', 'a b', 'a\n', 'x'.repeat(129), 'pod://x', 'a:0', 'a:-1', 'a:01', 'a:1.5', 'a:abc', 'a:', 'a:1:2', 'a:9999999999']) {
    assert.throws(() => parsePodReference(text), (error) => hasCode(error, 'INVALID_ARGUMENT'), text);
  }
});

test('objects are named as LocalStack names them, and read back', () => {
  for (const name of ['x', 'a-state-3', 'version-1', '-_-']) {
    for (const version of [1, 20]) {
      assert.deepEqual(parseObjectName(stateName(name, version)), { kind: 'state', name, version });
      assert.deepEqual(parseObjectName(versionName(name, version)), { kind: 'version', name, version });
    }
  }
  for (const text of ['localstack-pod--state-1.zip', 'localstack-pod-a-state-0.zip', 'localstack-pod-a-state-01.zip', 'localstack-pod-a.b-state-1.zip', 'x/localstack-pod-a-state-1.zip', 'localstack-pod-a-state-1.zip\n']) assert.equal(parseObjectName(text), undefined, text);
});
