import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { hmac, stringToSign } from './shared-key.ts';

/** The text stands in https://learn.microsoft.com/rest/api/storageservices/authorize-with-shared-key. */
describe('what a Shared Key signature covers', () => {
  it('is that of the published examples', () => {
    const date = ['x-ms-date', 'Fri, 26 Jun 2015 23:39:12 GMT'] as const;
    const version = ['x-ms-version', '2015-02-21'] as const;

    const text = stringToSign('myaccount', { method: 'GET', path: '/mycontainer', query: [['restype', 'container'], ['comp', 'metadata'], ['timeout', '20']], headers: [version, date], size: 0 });

    assert.equal(text, 'GET\n\n\n\n\n\n\n\n\n\n\n\nx-ms-date:Fri, 26 Jun 2015 23:39:12 GMT\nx-ms-version:2015-02-21\n/myaccount/mycontainer\ncomp:metadata\nrestype:container\ntimeout:20');
  });

  it('has each standard header in its place, and the size only where there are bytes', () => {
    const headers = [['range', 'bytes=0-9'], ['if-match', '"0x1"'], ['if-none-match', '*'], ['content-md5', 'bWQ1'], ['content-type', 'text/xml'], ['authorization', 'no'], ['x-ms-blob-type', ' BlockBlob ']] as const;

    assert.equal(stringToSign('a', { method: 'PUT', path: '/a/c/b%20b', query: [['comp', 'block'], ['BlockId', 'AA==']], headers, size: 12 }),
      'PUT\n\n\n12\nbWQ1\ntext/xml\n\n\n"0x1"\n*\n\nbytes=0-9\nx-ms-blob-type:BlockBlob\n/a/a/c/b%20b\nblockid:AA==\ncomp:block');
  });

  it("orders metadata as the service does, where '_' comes before digits", () => {
    const headers = [['x-ms-meta-a1', '1'], ['x-ms-meta-a_', '2'], ['x-ms-meta-ab', '3']] as const;

    assert.match(stringToSign('a', { method: 'PUT', path: '/', query: [], headers, size: 0 }), /a_:2\nx-ms-meta-a1:1\nx-ms-meta-ab:3\n/);
  });

  it('is signed by HMAC-SHA256 over UTF-8', () => {
    // RFC 4231, test case 2.
    assert.equal(Buffer.from(hmac(Buffer.from('Jefe'), 'what do ya want for nothing?'), 'base64').toString('hex'), '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843');
  });
});
