import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { hasCode } from '../errors.ts';
import { readListing, readXmlListing } from './bucket-listing.ts';
import { takeRows } from './listing-rows.ts';
import { encodeText } from './xml.ts';

const isDamaged = (error: unknown): boolean => hasCode(error, 'CORRUPT');
const object = (key: string): string => `<Contents><Key>${encodeText(key)}</Key><LastModified>2026-01-02T03:04:05.678Z</LastModified><ETag>&quot;abc&quot;</ETag><Size>7</Size><Owner><ID>me</ID><DisplayName/></Owner></Contents>`;
const listing = (keys: readonly string[], rest = '<IsTruncated>false</IsTruncated>'): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>b</Name><Prefix>a>b</Prefix>${rest}${keys.map(object).join('\n')}</ListBucketResult>`;

for (const [how, read] of [['a listing of a bucket', readListing], ['a listing of a bucket, all of it read as XML', readXmlListing]] as const) describe(how, () => {
  it('reads any keys of a listing, whatever their characters', () => {
    const key = fc.string({ unit: 'grapheme', minLength: 1 }).map((text) => text.replace(/\0/g, '?'));
    fc.assert(fc.property(fc.array(key), (keys) => {
      const { objects } = read(listing(keys));

      assert.deepEqual(objects.map((one) => one.key), keys);
      assert.ok(objects.every((one) => one.size === 7 && one.etag === 'abc' && one.modifiedAt === Date.UTC(2026, 0, 2, 3, 4, 5, 678)));
    }));
  });

  it('says CORRUPT of every listing that is cut off', () => {
    const whole = listing(['a', 'b&c', 'd']);
    for (let length = 0; length < whole.length; length++) assert.throws(() => read(whole.slice(0, length)), isDamaged, whole.slice(0, length));
  });

  it('decodes keys only where the answer says they are encoded', () => {
    const encoded = listing(['a%2Bb+c%0A'], '<EncodingType>url</EncodingType><IsTruncated>true</IsTruncated><NextMarker>x%20y</NextMarker><NextContinuationToken>t</NextContinuationToken>');

    assert.equal(read(listing(['a%2Bb+c'])).objects[0]?.key, 'a%2Bb+c');
    assert.equal(read(encoded).objects[0]?.key, 'a+b c\n');
    assert.equal(read(encoded).nextMarker, 'x y');
    assert.throws(() => read(listing(['%zz'], '<EncodingType>url</EncodingType><IsTruncated>false</IsTruncated>')), isDamaged);
  });

  it('refuses an object without name or size, and an answer that is no listing', () => {
    for (const text of ['<ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>a</Key></Contents></ListBucketResult>', '<ListBucketResult><IsTruncated>false</IsTruncated><Contents><Size>1</Size></Contents></ListBucketResult>', '<html><body>hello</body></html>']) {
      assert.throws(() => read(text), isDamaged, text);
    }
  });
});

describe('the rows of a listing', () => {
  it('are taken by one expression where they are plain, and mean what they mean as XML', () => {
    const rows = ['a/b', 'a%2Fb', 'c d', 'x=y'].map(object);
    const aws = object('k').replace('<Size>', '<ChecksumAlgorithm>CRC32</ChecksumAlgorithm><ChecksumType>FULL_OBJECT</ChecksumType><Size>').replace('</Contents>', '<StorageClass>STANDARD</StorageClass></Contents>');
    const text = listing(['first']).replace('</ListBucketResult>', `${[...rows, aws].join('\n  ')}\n</ListBucketResult>`);

    assert.equal(takeRows(text)?.objects.length, 6);
    assert.deepEqual(readListing(text), readXmlListing(text));
  });

  it('are left to the reader of XML where they are not, or stand where no rows are', () => {
    const plain = listing(['a', 'b', 'c']);
    const odd = [
      plain.replace('<Key>b', '<Key >b'), plain.replace('<Key>b', '<Key>&#98;'), plain.replace('<Size>7</Size>', '<Size>7</Size><Restored>x</Restored>'), plain.replace('<Contents>', '<!-- <Contents> --><Contents>'),
      plain.replace('<Name>', '<Contents/><Name>'), plain.replace('<Key>a</Key>', '').replace('<Size>', '<Key>a</Key><Size>'), plain.replace('<Contents>', '<!--<Contents>').replace('</ListBucketResult>', '--></ListBucketResult>'),
      plain.replace('<Contents>', '<Deeper><Contents>').replace('</ListBucketResult>', '</Deeper></ListBucketResult>'), plain.replace('abc', 'a&amp;c'), plain.replaceAll('<Contents>', '<Contents xmlns="x">'),
    ];
    for (const text of odd) assert.deepEqual(readListing(text), readXmlListing(text), text);
  });
});
