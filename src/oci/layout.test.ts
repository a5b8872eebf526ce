import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { crashing } from '../disk/crashing.ts';
import type { Disk } from '../disk/disk.ts';
import { nodeDisk } from '../disk/node.ts';
import type { ArtifactStore } from '../storage/artifacts.ts';
import { pattern } from '../storage/conformance/material.ts';
import { allOf, describeBytes, expectBytes, expectCode, makeManifest, pushBytes, pushMade } from './conformance/material.ts';
import { openImageLayout } from './layout.ts';

const root = mkdtempSync(join(tmpdir(), 'towline-layout-'));
after(() => { rmSync(root, { recursive: true, force: true }); });
const fresh = (): string => mkdtempSync(join(root, 'x-'));
const open = (folder: string, disk: Disk = nodeDisk): ArtifactStore => openImageLayout(folder, { disk, wait: async () => undefined, env: { PATH: process.env['PATH'] } });

describe('an image layout', () => {
  it('is the files that the image spec names', async () => {
    const folder = fresh();
    const made = makeManifest();
    await pushMade(open(folder), made, 'v1');

    assert.deepEqual(JSON.parse(readFileSync(join(folder, 'oci-layout'), 'utf8')), { imageLayoutVersion: '1.0.0' });
    assert.deepEqual(JSON.parse(readFileSync(join(folder, 'index.json'), 'utf8')), {
      schemaVersion: 2, mediaType: 'application/vnd.oci.image.index.v1+json',
      manifests: [{ ...made.descriptor, artifactType: 'application/vnd.example.test.v1', annotations: { 'org.opencontainers.image.ref.name': 'v1' } }],
    });
    assert.ok(readFileSync(join(folder, 'blobs/sha256', made.descriptor.digest.slice(7))).equals(Buffer.from(made.bytes)));
  });

  it('is whole after a crash at any change of a file, and what was there stays', async () => {
    const [first, second] = [makeManifest({ note: 'first' }), makeManifest({ note: 'second' })];
    for (let at = 0; ; at += 1) {
      const folder = fresh();
      await pushMade(open(folder), first, 'v1');
      const disk = crashing(nodeDisk, at);

      await pushMade(open(folder, disk), second, 'v1').catch(() => undefined);

      const after = open(folder);
      const found = await after.resolve('v1');
      assert.ok(found.digest === second.descriptor.digest || (disk.crashed && found.digest === first.descriptor.digest), `point ${at}`);
      await expectBytes(after, found, found.digest === first.descriptor.digest ? first.bytes : second.bytes);
      await pushMade(after, second, 'v2');
      assert.deepEqual((await allOf(after.tags())).toSorted(), ['v1', 'v2']);
      if (!disk.crashed) break;
    }
  });

  it('keeps what others wrote into its index, and leaves names that are no tags alone', async () => {
    const folder = fresh();
    const made = makeManifest();
    await pushMade(open(folder), made, 'v1');
    const index = JSON.parse(readFileSync(join(folder, 'index.json'), 'utf8')) as { manifests: object[]; annotations?: object };
    index.annotations = { 'com.example': 'kept' };
    index.manifests.push({ ...made.descriptor, platform: { os: 'linux' }, annotations: { 'org.opencontainers.image.ref.name': 'docker.io/library/x:1' } });
    writeFileSync(join(folder, 'index.json'), JSON.stringify(index));

    await open(folder).tag(made.descriptor, 'v2');

    const after = JSON.parse(readFileSync(join(folder, 'index.json'), 'utf8')) as typeof index;
    assert.deepEqual([after.annotations, after.manifests.slice(0, 2)], [index.annotations, index.manifests]);
    assert.deepEqual((await allOf(open(folder).tags())).toSorted(), ['v1', 'v2']);
  });

  it('a tag that moves leaves the manifest it had', async () => {
    const folder = fresh();
    const [first, second] = [makeManifest({ note: 'first' }), makeManifest({ note: 'second' })];
    await pushMade(open(folder), first, 'v1');
    await pushMade(open(folder), second, 'v1');

    assert.deepEqual(await open(folder).resolve(first.descriptor.digest), first.descriptor);
    assert.deepEqual(await open(folder).resolve('v1'), second.descriptor);
  });

  it('of another version, or damaged, is refused and not touched', async () => {
    const damages: readonly (readonly [file: string, text: string, code: 'UNSUPPORTED' | 'CORRUPT'])[] = [
      ['oci-layout', '{"imageLayoutVersion":"2.0.0"}', 'UNSUPPORTED'], ['oci-layout', '[]', 'CORRUPT'], ['index.json', '{"manifests":7}', 'CORRUPT'],
      ['index.json', '{"manifests":[{"digest":"../../x","size":1,"mediaType":"x"}]}', 'CORRUPT'], ['index.json', 'nonsense', 'CORRUPT'],
    ];
    for (const [file, text, code] of damages) {
      const folder = fresh();
      await pushMade(open(folder), makeManifest(), 'v1');
      writeFileSync(join(folder, file), text);

      await expectCode(open(folder).resolve('v1'), code);
      await expectCode(pushBytes(open(folder), pattern(5)), code);
      assert.equal(readFileSync(join(folder, file), 'utf8'), text);
    }
  });

  it('a damaged blob is CORRUPT, and nothing unfinished stays behind a push that fails', async () => {
    const folder = fresh();
    const blob = await pushBytes(open(folder), pattern(100_000));
    const path = join(folder, 'blobs/sha256', blob.digest.slice(7));
    writeFileSync(path, pattern(100_000, 2));
    await expectCode(expectBytes(open(folder), blob, pattern(100_000)), 'CORRUPT');
    writeFileSync(path, 'short');
    await expectCode(open(folder).fetch(blob), 'CORRUPT');

    await expectCode(open(folder).push(describeBytes(pattern(9)), { size: 9, open: async function* () { yield pattern(9, 3); } }), 'CORRUPT');
    assert.deepEqual(readdirSync(join(folder, 'blobs/sha256')), [blob.digest.slice(7)]);
  });

  it('a blob that is no manifest is not resolved, and reading makes no folder', async () => {
    const folder = join(fresh(), 'absent');
    await expectCode(open(folder).resolve('v1'), 'NOT_FOUND');
    assert.deepEqual(await allOf(open(folder).tags()), []);
    assert.equal(existsSync(folder), false);

    mkdirSync(folder);
    const blob = await pushBytes(open(folder), Buffer.from('no manifest'));
    await expectCode(open(folder).resolve(blob.digest), 'CORRUPT', 'NOT_FOUND');
  });
});
