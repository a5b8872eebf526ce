import fc from 'fast-check';
import { isDeepStrictEqual } from 'node:util';
import { parseAddress } from '../../src/drivers/azure/address.ts';
import { parseAzConfig } from '../../src/drivers/azure/az-config.ts';
import { readAnswers } from '../../src/drivers/azure/batch.ts';
import { blockId, numberOf } from '../../src/drivers/azure/block-id.ts';
import { readBlocks } from '../../src/drivers/azure/block-list.ts';
import { parseConnectionString } from '../../src/drivers/azure/connection-string.ts';
import { nameOf, readBlobPage } from '../../src/drivers/azure/listing-xml.ts';
import { isPath } from '../../src/storage/path.ts';
import type { Parser } from './parsers.ts';

const same = <T>(arbitrary: fc.Arbitrary<T>, isSame: (value: T) => boolean): fc.IProperty<[unknown]> =>
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the table holds properties of many types; each is made and used with its own
  fc.property(arbitrary, isSame) as unknown as fc.IProperty<[unknown]>;

const path = fc.string({ unit: 'binary', minLength: 1, maxLength: 30 }).filter((text) => isPath(text) && !/\?versionid=/i.test(text));

/** What Azure, its configuration and its URLs say. */
export const azureParsers: readonly Parser[] = [
  {
    name: 'Azure address', parse: parseAddress,
    corpus: ['azure://box/a b?c#d', 'azure://box@acct.blob.core.windows.net/a/b', 'azure://acct.dfs.core.windows.net:443/box/a', 'azure://box/a?versionid=2026-11-21T00:00:00.0000001Z'],
    roundTrip: same(path, (text) => parseAddress(`azure://box/${text}`).path === text && parseAddress(parseAddress(`azure://box@acct.dfs.core.windows.net/${text}`).displayUrl).path === text),
  },
  {
    name: 'connection string', parse: parseConnectionString,
    corpus: ['DefaultEndpointsProtocol=https;AccountName=acct;AccountKey=a2V5==;EndpointSuffix=core.windows.net', 'UseDevelopmentStorage=true;DevelopmentStorageProxyUri=http://host', 'BlobEndpoint=https://a.b/;SharedAccessSignature=sv=1&sig=x%3D'],
    roundTrip: same(fc.base64String({ minLength: 4, maxLength: 40 }), (key) => parseConnectionString(`AccountName=a;AccountKey=${key}`).key === key),
  },
  { name: 'az configuration', parse: (text) => parseAzConfig(text, 'config'), corpus: ['# c\n[core]\noutput = table\n[storage]\naccount = a\nkey: b==\nsas_token = sig=%%2B\n', '[DEFAULT]\nx=\n'] },
  {
    name: 'blob listing', parse: (text) => readBlobPage(text).blobs.map(nameOf),
    corpus: ['\uFEFF<?xml version="1.0"?><EnumerationResults ContainerName="c"><Blobs><Blob><Name>a&amp;b</Name><Properties><Etag>0x1</Etag><Content-Length>5</Content-Length></Properties><Metadata><hdi_isfolder>true</hdi_isfolder></Metadata></Blob><Blob><Name Encoded="true">a%EF%BF%BE</Name></Blob></Blobs><NextMarker>x</NextMarker></EnumerationResults>'],
  },
  { name: 'block list', parse: readBlocks, corpus: ['<?xml version="1.0"?><BlockList><CommittedBlocks /><UncommittedBlocks><Block><Name>AAAA</Name><Size>5</Size></Block></UncommittedBlocks></BlockList>'] },
  {
    name: 'batch answer', parse: (text) => readAnswers(text, 'multipart/mixed; boundary=b'),
    corpus: ['--b\r\nContent-ID: 0\r\n\r\nHTTP/1.1 404 x\r\nx-ms-error-code: BlobNotFound\r\n\r\n<?xml version="1.0"?><Error><Code>BlobNotFound</Code></Error>\r\n--b\r\nContent-ID: 1\r\n\r\nHTTP/1.1 202 Accepted\r\n\r\n--b--\r\n'],
  },
  {
    name: 'block id', parse: (text) => numberOf(text, '0'.repeat(16)), corpus: [blockId('0'.repeat(16).padEnd(48, '.'), 1)],
    roundTrip: same(fc.tuple(fc.stringMatching(/^[0-9a-f]{16}$/), fc.integer({ min: 1, max: 50_000 }), fc.integer({ min: 23, max: 64 })), ([name, number, length]) => isDeepStrictEqual([numberOf(blockId(name.padEnd(length, '.'), number), name), Buffer.from(blockId(name.padEnd(length, '.'), number), 'base64').byteLength], [number, length])),
  },
];
