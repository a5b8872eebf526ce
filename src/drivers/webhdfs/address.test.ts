import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { hasCode, TowlineError } from '../../errors.ts';
import { parseAddress } from './address.ts';

describe('a WebHDFS URL', () => {
  it('names host, port and folder', () => {
    assert.deepEqual(parseAddress('webhdfs://namenode:9870/user/alice/store/'), { displayUrl: 'webhdfs://namenode:9870/user/alice/store', host: 'namenode:9870', path: '/user/alice/store', options: {} });
  });

  it('has the port of Hadoop 2 without one, as in DVC', () => {
    assert.equal(parseAddress('webhdfs://namenode/a').host, 'namenode:50070');
  });

  it('may bring a user and a password, which are not shown', () => {
    const address = parseAddress('webhdfs://alice:p@ss:w@namenode:1/a');

    assert.deepEqual(address.options, { user: 'alice', password: 'p@ss:w' });
    assert.equal(address.displayUrl, 'webhdfs://namenode:1/a');
  });

  it("takes '%' and '#' as they stand, and IPv6 addresses", () => {
    assert.equal(parseAddress('webhdfs://[::1]:9870/a%20b#c').displayUrl, 'webhdfs://[::1]:9870/a%20b#c');
  });

  it('may be the root', () => {
    for (const url of ['webhdfs://h:1', 'webhdfs://h:1/', 'webhdfs://h:1//']) assert.equal(parseAddress(url).path, '');
  });

  for (const url of ['hdfs://h/a', 'webhdfs:///a', 'webhdfs://h:0/a', 'webhdfs://h:99999/a', 'webhdfs://h/a?b', 'webhdfs://h/a/../b', 'webhdfs://h/./a', 'webhdfs://h/a\u0001', 'webhdfs://h h/a']) {
    it(`is not ${JSON.stringify(url)}`, () => {
      assert.throws(() => parseAddress(url), (error) => hasCode(error, 'INVALID_CONFIG'));
    });
  }

  it('is shown without its password when it is refused', () => {
    assert.throws(() => parseAddress('webhdfs://alice:secret@h/a?b'), (error) => error instanceof TowlineError && !error.message.includes('secret'));
  });
});
