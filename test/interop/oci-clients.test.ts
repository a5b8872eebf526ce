import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { nodeDisk } from '../../src/disk/node.ts';
import { expectBytes, makeManifest, pushBytes, pushMade, readBack } from '../../src/oci/conformance/material.ts';
import { openImageLayout } from '../../src/oci/layout.ts';
import { EMPTY_CONFIG, IMAGE_MANIFEST } from '../../src/oci/media-types.ts';
import type { ArtifactStore, Descriptor } from '../../src/storage/artifacts.ts';
import { pattern } from '../../src/storage/conformance/material.ts';
import { openRepository } from '../artifact-targets.ts';
import { findJudge, judgeProgram, whyMissing } from '../judges.ts';
import { clock } from '../lent.ts';
import { type RegistryProgram, type RegistryServer, startRegistry } from '../servers/registry.ts';
import { type RegistryTokens, startRegistryTokens } from '../servers/registry-tokens.ts';
import { createSandbox, type Sandbox } from '../servers/sandbox.ts';

const USER = { user: 'alice', password: 'secret' };
const TITLE = 'org.opencontainers.image.title';

for (const program of ['docker-registry', 'registry'] as const satisfies readonly RegistryProgram[]) {
  const missing = whyMissing(program, 'oras', 'crane', 'openssl');
  describe(`other clients on ${program}`, { skip: missing ?? false }, () => { story(program); });
}

/** What one client pushes the others read, by way of a registry that wants tokens. */
function story(program: RegistryProgram): void {
  let server: RegistryServer;
  let tokens: RegistryTokens;
  let sandbox: Sandbox;
  before(async () => {
    tokens = await startRegistryTokens(USER);
    server = await startRegistry(program, { tokens });
    sandbox = createSandbox('oci-clients');
    mkdirSync(join(sandbox.home, '.docker'));
    writeFileSync(join(sandbox.home, '.docker', 'config.json'), JSON.stringify({ auths: { [server.authority]: { auth: Buffer.from(`${USER.user}:${USER.password}`).toString('base64') } } }));
  });
  after(async () => {
    await Promise.all([server.stop(), tokens.stop()]);
    sandbox.remove();
  });

  const open = (name: string): ArtifactStore => openRepository(server.authority, name, USER);
  const run = async (judge: 'oras' | 'crane' | 'skopeo', args: readonly string[]): Promise<string> => {
    const { status, stdout, stderr } = await sandbox.run(judgeProgram(judge), args);
    assert.equal(status, 0, `${judge} ${args.join(' ')}: ${stderr}`);
    return stdout;
  };
  const layersOf = async (store: ArtifactStore, manifest: Descriptor): Promise<readonly Descriptor[]> => (JSON.parse(Buffer.from(await readBack(store, manifest)).toString()) as { readonly layers: readonly Descriptor[] }).layers;

  it('ORAS pulls what we pushed, in one piece and in chunks', async () => {
    const store = open('ours/files');
    const files = { 'small.bin': pattern(5_000, 1), 'large.bin': pattern(3_500_000, 2) };
    const layers: Descriptor[] = [];
    for (const [title, bytes] of Object.entries(files)) layers.push({ ...(await pushBytes(store, bytes)), annotations: { [TITLE]: title } });
    await pushMade(store, makeManifest({ layers }), 'v1');

    await run('oras', ['pull', '--plain-http', '-o', 'pulled', `${server.authority}/ours/files:v1`]);

    for (const [title, bytes] of Object.entries(files)) assert.ok(readFileSync(join(sandbox.folder, 'pulled', title)).equals(bytes), title);
  });

  it('we read what ORAS pushed', async () => {
    const bytes = Buffer.from(pattern(200_000, 3));
    writeFileSync(join(sandbox.folder, 'data.bin'), bytes);
    await run('oras', ['push', '--plain-http', '--artifact-type', 'application/vnd.example.data', `${server.authority}/oras/data:v2`, 'data.bin:application/octet-stream']);

    const store = open('oras/data');
    const manifest = await store.resolve('v2');
    const [layer] = await layersOf(store, manifest);

    assert.equal(manifest.mediaType, IMAGE_MANIFEST);
    assert.ok(layer);
    assert.equal(layer.annotations?.[TITLE], 'data.bin');
    await expectBytes(store, layer, bytes);
    assert.equal(await store.exists(EMPTY_CONFIG), true);
  });

  it('crane sees the digest and the tags we gave, and copies; we read the copy', async () => {
    const store = open('ours/copied');
    const bytes = pattern(9_000, 4);
    const made = makeManifest({ layers: [await pushBytes(store, bytes)], note: 'to be copied' });
    await pushMade(store, made, 'first');
    await store.tag(made.descriptor, 'second');

    const from = `${server.authority}/ours/copied`;
    assert.equal((await run('crane', ['digest', '--insecure', `${from}:second`])).trim(), made.descriptor.digest);
    assert.deepEqual((await run('crane', ['ls', '--insecure', from])).trim().split('\n').toSorted(), ['first', 'second']);
    await run('crane', ['copy', '--insecure', `${from}:first`, `${server.authority}/crane/copy:one`]);

    const copy = open('crane/copy');
    assert.deepEqual(await copy.resolve('one'), made.descriptor);
    await expectBytes(copy, made.descriptor, made.bytes);
  });

  it('what refers to a manifest is the same for ORAS and for us, whoever attached it', async () => {
    const store = open('ours/subject');
    const subject = makeManifest({ note: 'subject' });
    await pushMade(store, subject, 'v1');
    const ours = makeManifest({ artifactType: 'application/vnd.example.ours', subject: subject.descriptor });
    await pushMade(store, ours);
    writeFileSync(join(sandbox.folder, 'note.txt'), 'attached');
    await run('oras', ['attach', '--plain-http', '--artifact-type', 'application/vnd.example.theirs', `${server.authority}/ours/subject:v1`, 'note.txt:text/plain']);

    const found = await store.referrers(subject.descriptor);
    const seen = JSON.parse(await run('oras', ['discover', '--plain-http', '--format', 'json', `${server.authority}/ours/subject:v1`])) as { readonly manifests: readonly { readonly digest: string }[] };

    assert.deepEqual(found.map(({ artifactType }) => artifactType ?? '').toSorted(), ['application/vnd.example.ours', 'application/vnd.example.theirs']);
    assert.deepEqual(seen.manifests.map(({ digest }) => digest).toSorted(), found.map(({ digest }) => digest).toSorted());
  });

  it('skopeo brings ours into a layout, where we read it; ORAS reads our layout', { skip: findJudge('skopeo') === undefined ? 'skopeo is not installed' : false }, async () => {
    const store = open('ours/layout');
    const bytes = pattern(20_000, 5);
    const layer = { ...(await pushBytes(store, bytes)), annotations: { [TITLE]: 'layer.bin' } };
    const made = makeManifest({ layers: [layer], note: 'laid out' });
    await pushMade(store, made, 'v1');

    await run('skopeo', ['copy', '--src-tls-verify=false', `docker://${server.authority}/ours/layout:v1`, `oci:${join(sandbox.folder, 'theirs')}:v1`]);
    const theirs = layout(join(sandbox.folder, 'theirs'));
    assert.deepEqual(await theirs.resolve('v1'), made.descriptor);
    await expectBytes(theirs, layer, bytes);

    const own = layout(join(sandbox.folder, 'own'));
    await own.push(layer, { size: layer.size, open: () => bytesOf(bytes) });
    await pushMade(own, made, 'v1');
    await run('oras', ['pull', '--oci-layout', '-o', 'from-layout', `${join(sandbox.folder, 'own')}:v1`]);
    assert.ok(readFileSync(join(sandbox.folder, 'from-layout', 'layer.bin')).equals(bytes));
    await run('skopeo', ['copy', '--dest-tls-verify=false', `oci:${join(sandbox.folder, 'own')}:v1`, `docker://${server.authority}/skopeo/back:v1`]);
    await expectBytes(open('skopeo/back'), made.descriptor, made.bytes);
  });

  const layout = (folder: string): ArtifactStore => openImageLayout(folder, { disk: nodeDisk, wait: clock.wait, env: { PATH: process.env['PATH'] } });
  async function* bytesOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> { yield bytes; }
}
