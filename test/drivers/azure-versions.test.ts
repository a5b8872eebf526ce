import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { azure } from '../../src/drivers/azure/index.ts';
import { hasCode } from '../../src/errors.ts';
import type { Driver, Version } from '../../src/storage/driver.ts';
import { parsePath } from '../../src/storage/path.ts';
import { fromBytes } from '../../src/storage/source.ts';
import { whyMissing } from '../judges.ts';
import { openDriver } from '../lent.ts';
import { makeContainer } from '../servers/azurite.ts';
import { startVersionedBlobs, type VersionedBlobs } from '../servers/versioned-blobs.ts';
import { officialClient } from './azure-client.ts';
import { createAzureWire } from './azure-wire.ts';

const text = (content: string): ReturnType<typeof fromBytes> => fromBytes(Buffer.from(content));
const missing = whyMissing('python');

describe('blob versions', () => {
  let server: VersionedBlobs;
  let driver: Required<Driver>;
  const open = async (url: string, settings: Readonly<Record<string, string>> = {}): Promise<Required<Driver>> =>
    (await openDriver(azure, url, { settings: { connection_string: server.connectionString, ...settings }, home: server.folder })) as Required<Driver>;
  const textOf = async (of: Driver, name: string, versionId?: string): Promise<string> => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of (await of.read(parsePath(name), versionId === undefined ? {} : { versionId })).body) chunks.push(chunk.slice());
    return Buffer.concat(chunks).toString();
  };
  const allVersions = async (folder: string): Promise<{ readonly versions: readonly Version[]; readonly pages: number }> => {
    const versions: Version[] = [];
    for (let cursor: string | undefined, pages = 1; ; pages++) {
      const page = await driver.listVersions(parsePath(folder), cursor === undefined ? {} : { cursor });
      versions.push(...page.entries);
      ({ cursor } = page);
      if (cursor === undefined) return { versions, pages };
    }
  };
  before(async () => {
    server = await startVersionedBlobs();
    await makeContainer(server, 'data');
    driver = await open('azure://data/pre');
  });
  after(async () => {
    await driver.close();
    await server.stop();
  });

  it('are kept by the server of these tests as the official client expects', missing === undefined ? {} : { skip: missing }, async () => {
    const seen = await officialClient('versions', { connection: server.connectionString, container: 'judged' });

    assert.deepEqual(seen, {
      read: ['one', 'two', 'w'], metadata: { k: 'v' }, listed: [['a/b', false, false], ['a/b', true, true]],
      conditions: ['BlobAlreadyExists', 'ConditionNotMet', 'OperationNotAllowedOnRootBlob'], uncommitted: [5], copied: 'three', exists: false,
      left: [['a/b', false], ['a/b', false], ['a/b', false]], batch: Array.from({ length: 9 }, () => 202), names: ['copy'], absent: 'BlobNotFound',
    });
  });

  it('are listed newest first over the ends of pages, with a marker where the blob is deleted', async () => {
    const ids: string[] = [];
    for (let round = 0; round < 10; round++) ids.push((await driver.write(parsePath('many/busy'), text(String(round)))).entry.versionId ?? '');
    await driver.write(parsePath('many/calm'), text('x'));
    await driver.write(parsePath('many/gone'), text('y'));
    await driver.delete([{ path: parsePath('many/gone') }]);

    const { versions, pages } = await allVersions('many');
    assert.ok(pages > 1, 'it was more than one page');
    assert.deepEqual(versions.filter(({ path }) => path.endsWith('busy')).map(({ versionId }) => versionId), ids.toReversed());
    assert.deepEqual(versions.slice(10).map(({ path, isLatest, isDeleteMarker, size }) => [path as string, isLatest, isDeleteMarker, size]), [['many/calm', true, false, 1], ['many/gone', true, true, undefined], ['many/gone', false, false, 1]]);
    assert.deepEqual(versions.filter(({ isLatest }) => isLatest).length, 3);
  });

  it('can be read by an address that names one', async () => {
    const { entry } = await driver.write(parsePath('named'), text('old'));
    await driver.write(parsePath('named'), text('new'));
    const one = await open(`azure://data/pre/named?versionid=${entry.versionId ?? ''}`, { version_aware: 'true' });

    assert.deepEqual([await textOf(one, ''), await textOf(driver, 'named'), (await one.stat(parsePath(''))).versionId], ['old', 'new', entry.versionId]);
    await one.close();
  });

  it('can be copied on the service, each with its own bytes', async () => {
    const { entry } = await driver.write(parsePath('source'), text('old'));
    await driver.write(parsePath('source'), text('new'));
    const written = await driver.write(parsePath('copy of old'), { size: 3, origin: driver.origin(parsePath('source'), { versionId: entry.versionId ?? '' }), open: () => { throw new Error('it was read'); } });

    assert.deepEqual([written.how, await textOf(driver, 'copy of old')], ['copied', 'old']);
  });

  it('are deleted by their names, the current one too', async () => {
    const path = parsePath('pruned/x');
    const { entry: first } = await driver.write(path, text('1'));
    const { entry: second } = await driver.write(path, text('2'));
    await driver.delete([{ path, versionId: second.versionId ?? '' }]);

    await assert.rejects(driver.stat(path), (error) => hasCode(error, 'NOT_FOUND'));
    assert.deepEqual((await allVersions('pruned')).versions.map(({ versionId }) => versionId), [undefined, first.versionId]);
    assert.equal(await textOf(driver, 'pruned/x', first.versionId), '1');
    await assert.rejects(textOf(driver, 'pruned/x', second.versionId), (error) => hasCode(error, 'NOT_FOUND'));
  });

  it('are not there where the account keeps none', async () => {
    const wire = createAzureWire(() => ({ body: '<EnumerationResults><Blobs><Blob><Name>pre/a</Name><Properties><Content-Length>1</Content-Length></Properties></Blob></Blobs><NextMarker/></EnumerationResults>' }));

    await assert.rejects((await wire.open()).listVersions(parsePath('')), (error) => hasCode(error, 'UNSUPPORTED') && (error.hint ?? '').includes('--enable-versioning'));
  });
});
