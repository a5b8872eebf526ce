import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { hasCode } from '../errors.ts';
import { readListing } from './bucket-listing.ts';
import { encodeText } from './xml.ts';

const isDamaged = (error: unknown): boolean => hasCode(error, 'CORRUPT');
const object = (key: string): string => `<Contents><Key>${encodeText(key)}</Key><LastModified>2026-01-02T03:04:05.678Z</LastModified><ETag>&quot;abc&quot;</ETag><Size>7</Size><Owner><ID>me</ID><DisplayName/></Owner></Contents>`;
const listing = (keys: readonly string[], rest = '<IsTruncated>false</IsTruncated>'): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>b</Name><Prefix>a>b</Prefix>${rest}${keys.map(object).join('\n')}</ListBucketResult>`;

describe('a listing of a bucket', () => {
  it('reads any keys of a listing, whatever their characters', () => {
    const key = fc.string({ unit: 'grapheme', minLength: 1 }).map((text) => text.replace(/\0/g, '?'));
    fc.assert(fc.property(fc.array(key), (keys) => {
      const { objects } = readListing(listing(keys));

      assert.deepEqual(objects.map((one) => one.key), keys);
      assert.ok(objects.every((one) => one.size === 7 && one.etag === 'abc' && one.modifiedAt === Date.UTC(2026, 0, 2, 3, 4, 5, 678)));
    }));
  });

  it('says CORRUPT of every listing that is cut off', () => {
    const whole = listing(['a', 'b&c', 'd']);
    for (let length = 0; length < whole.length; length++) assert.throws(() => readListing(whole.slice(0, length)), isDamaged, whole.slice(0, length));
  });

  it('decodes keys only where the answer says they are encoded', () => {
    const encoded = listing(['a%2Bb+c%0A'], '<EncodingType>url</EncodingType><IsTruncated>true</IsTruncated><NextMarker>x%20y</NextMarker><NextContinuationToken>t</NextContinuationToken>');

    assert.equal(readListing(listing(['a%2Bb+c'])).objects[0]?.key, 'a%2Bb+c');
    assert.equal(readListing(encoded).objects[0]?.key, 'a+b c\n');
    assert.equal(readListing(encoded).nextMarker, 'x y');
    assert.throws(() => readListing(listing(['%zz'], '<EncodingType>url</EncodingType><IsTruncated>false</IsTruncated>')), isDamaged);
  });

  it('refuses an object without name or size, and an answer that is no listing', () => {
    for (const text of ['<ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>a</Key></Contents></ListBucketResult>', '<ListBucketResult><IsTruncated>false</IsTruncated><Contents><Size>1</Size></Contents></ListBucketResult>', '<html><body>hello</body></html>']) {
      assert.throws(() => readListing(text), isDamaged, text);
    }
  });
});
