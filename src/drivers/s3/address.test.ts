import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { hasCode } from '../../errors.ts';
import { parseAddress } from './address.ts';
import { encodeKey, encodeQuery } from './encoding.ts';

describe('addresses of S3', () => {
  it('take a key as it is written', () => {
    assert.deepEqual(parseAddress('s3://my-bucket/a b/?x=1#%20/ü'), { displayUrl: 's3://my-bucket/a b/?x=1#%20/ü', host: 'my-bucket', path: 'a b/?x=1#%20/ü' });
  });

  it('may name the bucket alone, with or without a slash', () => {
    for (const url of ['s3://bucket', 's3://bucket/', 'S3://bucket//'.slice(0, 12)]) assert.deepEqual(parseAddress(url), { displayUrl: 's3://bucket', host: 'bucket', path: '' });
  });

  it("name a version in DVC's way", () => {
    assert.deepEqual(parseAddress('s3://bucket/a?b?versionId=x.Y_1'), { displayUrl: 's3://bucket/a?b', host: 'bucket', path: 'a?b', versionId: 'x.Y_1' });
  });

  it('are refused without bucket, with credentials, dots as segments, control characters or ARNs', () => {
    for (const url of ['s3:///key', 's3://', 'http://bucket', 's3://user:pass@bucket/x', 's3://b/x/../y', 's3://b/x\ny', 's3://arn:aws:s3:x/y', 's3://b?c/x', 's3://bucket//x']) {
      assert.throws(() => parseAddress(url), (error) => hasCode(error, 'INVALID_CONFIG') && !error.message.includes('pass'), url);
    }
  });
});

describe('keys in requests', () => {
  it('are encoded so that a URL changes nothing and decoding gives them back', () => {
    const segment = fc.string({ unit: 'grapheme', minLength: 1 }).filter((text) => !text.includes('/') && text !== '.' && text !== '..');
    fc.assert(fc.property(fc.array(segment, { minLength: 1 }), (segments) => {
      const key = segments.join('/');

      const encoded = encodeKey(key);

      assert.match(encoded, /^[A-Za-z0-9._~%/-]*$/);
      assert.equal(decodeURIComponent(encoded), key);
      assert.equal(new URL(`https://host/${encoded}`).pathname, `/${encoded}`);
    }));
  });

  it('are refused where they are no Unicode', () => {
    assert.throws(() => encodeKey('a\ud800'), (error) => hasCode(error, 'INVALID_ARGUMENT'));
  });

  it('and queries are sorted by name', () => {
    assert.equal(encodeQuery({ prefix: "a b/'", 'list-type': 2, marker: undefined, delete: '' }), 'delete=&list-type=2&prefix=a%20b%2F%27');
  });
});
