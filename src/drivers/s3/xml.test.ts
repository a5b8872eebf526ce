import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { hasCode } from '../../errors.ts';
import { readListing } from './list.ts';
import { decodeText, encodeText, readFields, scanXml } from './xml.ts';

const isDamaged = (error: unknown): boolean => hasCode(error, 'CORRUPT');
const object = (key: string): string => `<Contents><Key>${encodeText(key)}</Key><LastModified>2026-01-02T03:04:05.678Z</LastModified><ETag>&quot;abc&quot;</ETag><Size>7</Size><Owner><ID>me</ID><DisplayName/></Owner></Contents>`;
const listing = (keys: readonly string[], rest = '<IsTruncated>false</IsTruncated>'): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>b</Name><Prefix>a>b</Prefix>${rest}${keys.map(object).join('\n')}</ListBucketResult>`;

describe('XML', () => {
  it('gives back any text that was encoded', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }).map((text) => text.replace(/\0/g, '')), (text) => { assert.equal(decodeText(encodeText(text)), text); }));
  });

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

  it('answers any garbage with CORRUPT or a reading, and in bounded time', () => {
    fc.assert(fc.property(fc.string({ unit: fc.constantFrom('<', '>', '/', 'a', ' ', '"', "'", '&', ';', '!', '-', '?', '=', '\n') }), (text) => {
      try {
        scanXml(text, { leaf: (_name, raw) => void decodeText(raw) });
      } catch (error) {
        assert.ok(isDamaged(error), String(error));
      }
    }), { numRuns: 2000 });
  });

  it('refuses document types, deep nesting, crossed tags, unknown entities and text between elements', () => {
    for (const text of ['<!DOCTYPE a [<!ENTITY x "y">]><a>1</a>', `${'<a>'.repeat(20)}1${'</a>'.repeat(20)}`, '<a><b>1</a></b>', '<a>1</b>', '<a>&x;</a>', '<a>&#0;</a>', '<a>&amp</a>', '<a><b>1</b>text</a>', '<a>1</a><b>2</b>', '']) {
      assert.throws(() => readFields(text), isDamaged, text);
    }
  });

  it('takes attributes, prefixes, comments and leading blanks in its stride', () => {
    const { root, fields } = readFields('\n  \n<?xml version="1.0"?><ns:Error xmlns:ns="a>b"><!-- <Code>no</Code> --><Code xsi:type="x/y">Slow&#68;own</Code><Empty a=\'>\'/></ns:Error>\n');

    assert.equal(root, 'Error');
    assert.deepEqual([...fields], [['Code', 'SlowDown'], ['Empty', '']]);
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
