import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { hasCode } from '../../errors.ts';
import { nameOf, readBlobPage } from './listing-xml.ts';

const page = (blobs: string, rest = '<NextMarker/>'): string => `\uFEFF<?xml version="1.0" encoding="utf-8"?><EnumerationResults ServiceEndpoint="https://a/" ContainerName="c"><Prefix>p</Prefix><Blobs>${blobs}</Blobs>${rest}</EnumerationResults>`;

describe('a listing of blobs', () => {
  it('gives names, facts and the metadata that tell folders', () => {
    const { blobs, marker } = readBlobPage(page(
      '<Blob><Name>a &amp; b</Name><Properties><Etag>0x8D</Etag><Content-Length>5</Content-Length><Content-MD5>xx</Content-MD5></Properties><Metadata><Hdi_IsFolder>true</Hdi_IsFolder><Etag>no</Etag></Metadata><OrMetadata /></Blob>',
      '<NextMarker>2!x&lt;</NextMarker>'));

    assert.equal(marker, '2!x<');
    assert.deepEqual(blobs.map((blob) => [...blob]), [[['Name', 'a & b'], ['Etag', '0x8D'], ['Content-Length', '5'], ['x-ms-meta-hdi_isfolder', 'true']]]);
  });

  it('decodes only those names that say they are encoded', () => {
    const { blobs } = readBlobPage(page('<Blob><Name Encoded="true">a%EF%BF%BEb%25</Name></Blob><Blob><Name>a%41</Name></Blob>'));

    assert.deepEqual(blobs.map(nameOf), ['a\uFFFEb%', 'a%41']);
  });

  it('is CORRUPT when it is damaged or something else', () => {
    for (const text of ['', '<html></html>', page('<Blob><Name>a'), page('').slice(0, -5)]) assert.throws(() => readBlobPage(text), (error) => hasCode(error, 'CORRUPT'), text);
    assert.throws(() => nameOf(readBlobPage(page('<Blob><Name Encoded="true">%E0%</Name></Blob>')).blobs[0] ?? new Map()), (error) => hasCode(error, 'CORRUPT'));
  });
});
