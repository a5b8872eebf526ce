import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { RemoteReport } from '../../src/remotes/test-remote.ts';
import { whyMissing } from '../judges.ts';
import { freePort } from '../servers/readiness.ts';
import { startMinio } from '../servers/minio.ts';
import { callS3, listKeys, makeBucket } from '../servers/s3-bucket.ts';
import { createSandbox, type Ended } from '../servers/sandbox.ts';
import type { S3Server } from '../servers/server.ts';
import { tow } from '../servers/tow.ts';

const sandbox = createSandbox('remote-test');
after(() => sandbox.remove());

/** Runs 'tow remote test' in a repository whose default remote has these options. */
async function testRemote(name: string, options: Readonly<Record<string, string>>, { env = {}, args = [] }: { readonly env?: Readonly<Record<string, string>>; readonly args?: readonly string[] } = {}): Promise<Ended> {
  const root = join(sandbox.folder, name);
  mkdirSync(join(root, '.dvc'), { recursive: true });
  writeFileSync(join(root, '.dvc/config'), `[core]\n    remote = store\n    no_scm = true\n['remote "store"']\n${Object.entries(options).map(([key, value]) => `    ${key} = ${value}\n`).join('')}`);
  return await tow(sandbox, ['remote', 'test', ...args], { cwd: root, env });
}
const reportOf = ({ stdout }: Ended): RemoteReport => JSON.parse(stdout) as RemoteReport;
const leftOver = (folder: string): readonly string[] => readdirSync(folder).filter((name) => name !== 'mine');

describe('remote test on a folder', () => {
  const store = join(sandbox.folder, 'store');
  before(() => {
    mkdirSync(store);
    writeFileSync(join(store, 'mine'), 'mine');
  });

  it('says what works, what does not apply, and how far it is, and leaves nothing behind', async () => {
    const ended = await testRemote('local', { url: store });

    assert.deepEqual([ended.status, ended.stderr], [0, '']);
    assert.match(ended.stdout, /^Remote 'store' \(.+\)\n(?: {2}(?:ok {5}|- {6}) \w+: .+\n)+\n\d+ work, 0 fail, \d+ do not apply\.\nRound trip [\d.]+ ms, its clock is right\.\n$/);
    assert.deepEqual(leftOver(store), []);
  });

  it('is data for programs with --json', async () => {
    const report = reportOf(await testRemote('local', { url: store }, { args: ['store', '--json'] }));

    assert.equal(report.name, 'store');
    assert.ok(report.checks.length > 50, `${report.checks.length} checks`);
    assert.deepEqual(report.checks.filter(({ outcome }) => outcome === 'failed'), []);
    assert.ok(report.checks.every(({ outcome, reason }) => outcome !== 'skipped' || (reason ?? '') !== ''), 'what was skipped has its reason');
  });

  it('that is not there yet works, too', async () => {
    const ended = await testRemote('absent', { url: join(sandbox.folder, 'not/yet') });

    assert.equal(ended.status, 0, ended.stdout + ended.stderr);
  });
});

describe('remote test on a service that cannot be reached', () => {
  for (const scheme of ['s3', 'http', 'ssh'] as const) {
    it(`says so in words over ${scheme}, and ends with an error`, async () => {
      const port = await freePort();
      const options = {
        s3: { url: 's3://bucket/prefix', endpointurl: `http://127.0.0.1:${port}`, access_key_id: 'a', secret_access_key: 'towline-secret' },
        http: { url: `http://127.0.0.1:${port}/data` },
        ssh: { url: `ssh://nobody@127.0.0.1:${port}/data` },
      }[scheme];

      const ended = await testRemote(`unreachable-${scheme}`, options);
      const asData = await testRemote(`unreachable-${scheme}`, options, { args: ['--json'] });

      assert.equal(ended.status, 255, ended.stdout + ended.stderr);
      assert.match(ended.stderr, new RegExp(`^ERROR: .*127\\.0\\.0\\.1:${port}.*\n`));
      assert.doesNotMatch(ended.stdout + ended.stderr, /towline-secret|\n\s+at /);
      assert.equal((JSON.parse(asData.stdout) as { readonly error: { readonly code: string } }).error.code, 'UNAVAILABLE');
    });
  }
});

describe('remote test on MinIO', { skip: whyMissing('minio') ?? false }, () => {
  let server: S3Server | undefined;
  before(async () => {
    server = await startMinio();
    await makeBucket(server, 'mine');
  });
  after(async () => { await server?.stop(); });
  const minio = (): S3Server => {
    assert.ok(server);
    return server;
  };
  const asOwner = (): Readonly<Record<string, string>> => ({ AWS_ACCESS_KEY_ID: minio().accessKeyId, AWS_SECRET_ACCESS_KEY: minio().secretAccessKey });

  it('finds nothing to complain about with all rights, and leaves nothing behind', async () => {
    const ended = await testRemote('minio', { url: 's3://mine/prefix', endpointurl: minio().url }, { env: asOwner() });

    assert.equal(ended.status, 0, ended.stdout + ended.stderr);
    assert.match(ended.stdout, /^\d+ work, 0 fail, \d+ do not apply\.$/m);
    assert.deepEqual(await listKeys(minio(), 'mine'), []);
  });

  // What anybody may do with a bucket, and which permission each lack is told by.
  for (const { name, allowed, lacks, works } of [
    { name: 'readers', allowed: ['s3:ListBucket', 's3:GetObject'], lacks: ['s3:PutObject', 's3:DeleteObject'], works: /ok +rights: to list/ },
    { name: 'writers', allowed: ['s3:ListBucket', 's3:GetObject', 's3:PutObject', 's3:AbortMultipartUpload', 's3:ListMultipartUploadParts'], lacks: ['s3:DeleteObject'], works: /ok +rights: to write/ },
    { name: 'blind', allowed: ['s3:GetObject', 's3:PutObject', 's3:DeleteObject', 's3:AbortMultipartUpload', 's3:ListMultipartUploadParts'], lacks: ['s3:ListBucket'], works: /ok +rights: to delete/ },
  ]) {
    it(`names the permission that ${name} lack`, async () => {
      await makeBucket(minio(), name);
      await allowAnybody(minio(), name, allowed);
      const options = { url: `s3://${name}/prefix`, endpointurl: minio().url, allow_anonymous_login: 'true' };

      const ended = await testRemote(name, options);
      const report = reportOf(await testRemote(name, options, { args: ['--json'] }));

      assert.equal(ended.status, 1, ended.stdout + ended.stderr);
      for (const permission of lacks) assert.match(ended.stdout, new RegExp(permission));
      for (const permission of allowed) assert.equal(ended.stdout.includes(permission), false, `${permission} is there\n${ended.stdout}`);
      assert.match(ended.stdout, works);
      assert.match(ended.stdout, new RegExp(` ${lacks.length} fail, `));
      const left = (await listKeys(minio(), name)).length;
      assert.equal(left, name === 'writers' ? 2 : 0, 'one object of each run, where it can be written and not be deleted');
      assert.equal(report.left !== undefined, name === 'writers', 'what is left is named');
    });
  }

  it('says that a bucket is absent, or that the keys are wrong, before it tries anything', async () => {
    const absent = await testRemote('no-bucket', { url: 's3://nobody-made-this/prefix', endpointurl: minio().url }, { env: asOwner() });
    const wrong = await testRemote('wrong-keys', { url: 's3://mine/prefix', endpointurl: minio().url }, { env: { ...asOwner(), AWS_SECRET_ACCESS_KEY: 'towline-wrong-secret' } });

    assert.deepEqual([absent.status, absent.stdout], [251, ''], absent.stdout);
    assert.match(absent.stderr, /^ERROR: .*nobody-made-this/);
    assert.deepEqual([wrong.status, wrong.stdout], [251, ''], wrong.stdout);
    assert.doesNotMatch(wrong.stderr, /towline-wrong-secret/);
  });
});

async function allowAnybody(server: S3Server, bucket: string, actions: readonly string[]): Promise<void> {
  const statement = (resource: string, which: (action: string) => boolean): object => ({ Effect: 'Allow', Principal: { AWS: ['*'] }, Action: actions.filter(which), Resource: [resource] });
  const isOfBucket = (action: string): boolean => action === 's3:ListBucket';
  const statements = [statement(`arn:aws:s3:::${bucket}`, isOfBucket), statement(`arn:aws:s3:::${bucket}/*`, (action) => !isOfBucket(action))].filter((one) => (one as { readonly Action: readonly string[] }).Action.length > 0);
  const body = JSON.stringify({ Version: '2012-10-17', Statement: statements });
  const answer = await callS3(server, { method: 'PUT', path: `/${bucket}`, query: { policy: '' }, headers: { 'content-md5': createHash('md5').update(body).digest('base64') }, body });
  assert.equal(answer.status, 204, answer.body.toString());
}
