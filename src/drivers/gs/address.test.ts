import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hasCode } from '../../errors.ts';
import { parseAddress } from './address.ts';

test('a bucket, a prefix, a generation', () => {
  assert.deepEqual(parseAddress('gs://bucket'), { displayUrl: 'gs://bucket', host: 'bucket', path: '' });
  assert.deepEqual(parseAddress('GS://bucket/a b/c?d%20e#f/'), { displayUrl: 'gs://bucket/a b/c?d%20e#f', host: 'bucket', path: 'a b/c?d%20e#f' });
  assert.deepEqual(parseAddress('gs://bucket/data.csv#1795881232318385'), { displayUrl: 'gs://bucket/data.csv', host: 'bucket', path: 'data.csv', versionId: '1795881232318385' });
  assert.deepEqual(parseAddress('gs://b_u.c-ket.example.com/x#y'), { displayUrl: 'gs://b_u.c-ket.example.com/x#y', host: 'b_u.c-ket.example.com', path: 'x#y' });
});

for (const url of ['gs://', 'gs:///a', 'gcs://bucket/a', 'gs://b', 'gs://bu cket/a', 'gs://bucket?x/a', 'gs://bucket//a', 'gs://bucket/a/../b', 'gs://bucket/./b', 'gs://bucket/a\nb', 'gs://user:hidden@bucket/a']) {
  test(`${JSON.stringify(url)} is refused`, () => {
    assert.throws(() => parseAddress(url), (error) => hasCode(error, 'INVALID_CONFIG') && !error.message.includes('hidden'));
  });
}
