import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { hasCode } from '../../errors.ts';
import { accountHost, parseAddress } from './address.ts';

describe('an Azure address', () => {
  it('is read in the forms of DVC, adlfs and ClearML', () => {
    const account = { account: 'acct', suffix: 'core.windows.net' };
    const rows: readonly (readonly [url: string, container: string, path: string, displayUrl: string, host: typeof account | undefined])[] = [
      ['azure://box', 'box', '', 'azure://box', undefined],
      ['azure://box/', 'box', '', 'azure://box', undefined],
      ['azure://box/a/b c', 'box', 'a/b c', 'azure://box/a/b c', undefined],
      ['azure://', '', '', 'azure://', undefined],
      ['azure:///a/b', '', 'a/b', 'azure:///a/b', undefined],
      ['azure://box@acct.blob.core.windows.net/a', 'box', 'a', 'azure://box@acct.blob.core.windows.net/a', account],
      ['azure://box@acct.dfs.core.windows.net', 'box', '', 'azure://box@acct.blob.core.windows.net', account],
      ['azure://acct.blob.core.windows.net/box/a/b', 'box', 'a/b', 'azure://box@acct.blob.core.windows.net/a/b', account],
      ['azure://ACCT.dfs.core.windows.net/box', 'box', '', 'azure://box@acct.blob.core.windows.net', account],
    ];
    for (const [url, host, path, displayUrl, expected] of rows) {
      const address = parseAddress(url);

      assert.deepEqual([address.host, address.path, address.displayUrl], [host, path, displayUrl], url);
      assert.deepEqual(accountHost(address), expected, url);
    }
  });

  it("keeps '?', '#' and '%' in a path, and takes a version off its end", () => {
    assert.equal(parseAddress('azure://box/a?b=c#d%41').path, 'a?b=c#d%41');
    assert.equal(parseAddress('azure://box/a?versionid=x y').path, 'a?versionid=x y');
    const { path, versionId } = parseAddress('azure://box/a?versionid=2026-11-21T10:20:30.1234567Z');
    assert.deepEqual([path, versionId], ['a', '2026-11-21T10:20:30.1234567Z']);
  });

  it('knows the host of a sovereign cloud and of an emulator with its port', () => {
    assert.deepEqual(accountHost(parseAddress('azure://box@acct.blob.core.chinacloudapi.cn')), { account: 'acct', suffix: 'core.chinacloudapi.cn' });
    assert.deepEqual(accountHost(parseAddress('azure://devstoreaccount1.blob.core.localhost:10443/box/a')), { account: 'devstoreaccount1', suffix: 'core.localhost:10443' });
  });

  it('is refused where it could mean something else, without showing what may be a secret', () => {
    for (const url of ['azure:/box', 'azure://Box/a', 'azure://a', 'azure://two--dashes', 'azure://box//a', 'azure://box/a/../b', 'azure://box/.', 'azure://box/a\nb', 'azure://box@somewhere/a', 'azure://box:1234/a', 's3://box']) {
      assert.throws(() => parseAddress(url), (error) => hasCode(error, 'INVALID_CONFIG') && error.hint !== undefined, url);
    }
    assert.throws(() => parseAddress('azure://box:secret@acct.blob.core.windows.net'), (error) => hasCode(error, 'INVALID_CONFIG') && !error.message.includes('secret'));
  });
});
