import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { judgeProgram, whyMissing } from '../judges.ts';
import { projectFolder } from '../project.ts';
import { startFakeGcs } from './fake-gcs.ts';
import { crc32cOf, md5Of } from './gcs-objects.ts';
import { addGcsBucket, type GcsService, startGcsService } from './gcs-service.ts';
import { type GoogleTokens, startGoogleTokens } from './google-tokens.ts';
import { createSandbox, type Sandbox } from './sandbox.ts';

describe('our own Google Cloud Storage', () => {
  let tokens: GoogleTokens;
  let sandbox: Sandbox;
  let service: GcsService;
  before(async () => {
    sandbox = createSandbox('gcs-judge');
    tokens = await startGoogleTokens();
    service = await startGcsService({ tokens: tokens.valid });
    Object.assign(service.manners, { pageSize: 2, rewriteBytes: 300_000 });
  });
  after(async () => {
    await Promise.all([service.stop(), tokens.stop()]);
    sandbox.remove();
  });

  it("satisfies Google's own client for Python", { skip: whyMissing('python') ?? false }, async () => {
    addGcsBucket(service, 'bucket', { isVersioned: true });
    const settings = { url: service.url, folder: sandbox.folder, key: tokens.keyFile(sandbox.folder) };

    const ended = await sandbox.run(judgeProgram('python'), [join(projectFolder, 'test/servers/gcs-judge.py'), JSON.stringify(settings)]);

    assert.equal(ended.status, 0, ended.stderr);
    assert.deepEqual(JSON.parse(ended.stdout), {
      create: true, described: [5, md5Of(Buffer.from('hello')), crc32cOf(Buffer.from('hello')), 'text/plain', true], read: ['hello', 'ell'], resumable: true, versions: [5, 6], old: 'hello',
      pages: true, folders: [['large'], ['folder/', 'many/']], rewrite: [true, true, true], batch: 4, deleted: [false, true, 2], missing: true, anonymous: true, signed: true, gzip: [true, true],
    });
  });

  it('satisfies rclone', { skip: whyMissing('rclone') ?? false }, async () => {
    addGcsBucket(service, 'mirror');
    const [up, down] = [join(sandbox.folder, 'up'), join(sandbox.folder, 'down')];
    mkdirSync(join(up, 'deep'), { recursive: true });
    writeFileSync(join(up, 'deep/ä b#%'), 'hello');
    writeFileSync(join(up, 'large'), Buffer.alloc(9_000_000, 'large'));
    const remote = `:gcs,endpoint='${service.url}/storage/v1/',service_account_file='${tokens.keyFile(sandbox.folder)}',bucket_policy_only=true:mirror/prefix`;

    for (const args of [['copy', up, remote], ['check', '--download', up, remote], ['copy', remote, down]]) {
      const ended = await sandbox.run(judgeProgram('rclone'), [...args, '--retries', '1']);
      assert.equal(ended.status, 0, ended.stderr);
    }

    assert.equal(readFileSync(join(down, 'deep/ä b#%'), 'utf8'), 'hello');
    assert.equal(readFileSync(join(down, 'large')).byteLength, 9_000_000);
  });
});

it('fake-gcs-server starts and stops', { skip: whyMissing('fake-gcs-server') ?? false }, async () => {
  const server = await startFakeGcs();
  const { status } = await fetch(`${server.url}/storage/v1/b`);
  await server.stop();
  assert.equal(status, 200);
  await assert.rejects(fetch(`${server.url}/storage/v1/b`));
});
