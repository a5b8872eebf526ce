import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { hasCode } from '../../errors.ts';
import { parseHdfsUrl } from './address.ts';

describe('URLs of HDFS', () => {
  const good = {
    'hdfs://node/a/b': { displayUrl: 'hdfs://node/a/b', host: 'node', path: '/a/b', options: {} },
    'hdfs://alice@node:9000/a/': { displayUrl: 'hdfs://alice@node:9000/a', host: 'node', path: '/a', options: { user: 'alice', port: '9000' } },
    'hdfs://node': { displayUrl: 'hdfs://node/', host: 'node', path: '/', options: {} },
    'hdfs:///a': { displayUrl: 'hdfs:///a', host: '', path: '/a', options: {} },
    'hdfs://[::1]:8020/a': { displayUrl: 'hdfs://[::1]:8020/a', host: '::1', path: '/a', options: { port: '8020' } },
    'hdfs://node/a%41#b c?replication=3': { displayUrl: 'hdfs://node/a%41#b c', host: 'node', path: '/a%41#b c', options: { replication: '3' } },
  };
  for (const [url, address] of Object.entries(good)) it(`${url} is read`, () => { assert.deepEqual(parseHdfsUrl(url), address); });

  for (const url of ['hdfs:/a', 'hdfs://node:0/a', 'hdfs://node:70000/a', 'hdfs://:9000/a', 'hdfs://node/a/../b', 'hdfs://node/a//b', 'hdfs://node/a?replication=0', 'hdfs://node/a?replication=x', 'hdfs://node/a?other=1', 'hdfs://a b/x']) {
    it(`${url} is refused`, () => { assert.throws(() => parseHdfsUrl(url), (error) => hasCode(error, 'INVALID_CONFIG')); });
  }
  it('a password is refused without being shown', () => {
    assert.throws(() => parseHdfsUrl('hdfs://alice:secret@node/a'), (error) => hasCode(error, 'INVALID_CONFIG') && !error.message.includes('secret'));
  });
});
