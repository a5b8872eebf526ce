import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { whyMissing } from '../judges.ts';
import { readTree, writeTree } from '../pods-lent.ts';
import { startLocalStackFake } from '../servers/localstack-fake.ts';
import { startMinio } from '../servers/minio.ts';
import { makeBucket } from '../servers/s3-bucket.ts';
import { createSandbox, type Ended, type Sandbox } from '../servers/sandbox.ts';
import type { S3Server } from '../servers/server.ts';
import { tow } from '../servers/tow.ts';

const QUEUES = 'api_states/000000000000/sqs/us-east-1/store.state';

describe('pods by remotes of LocalStack', { skip: whyMissing('minio') ?? false }, () => {
  let server: S3Server | undefined;
  let sandbox: Sandbox | undefined;
  before(async () => {
    server = await startMinio();
    await makeBucket(server, 'pods');
    sandbox = createSandbox('pod-remotes');
  });
  after(async () => {
    await server?.stop();
    sandbox?.remove();
  });
  const run = async (words: readonly string[], ends = 0, env: Readonly<Record<string, string>> = {}): Promise<Ended> => {
    assert.ok(sandbox && server);
    const login = { AWS_ACCESS_KEY_ID: server.accessKeyId, AWS_SECRET_ACCESS_KEY: server.secretAccessKey };
    const ended = await tow(sandbox, words, { cwd: sandbox.folder, env: { ...login, ...env } });
    assert.equal(ended.status, ends, `${words.join(' ')}: ${ended.stdout}${ended.stderr}`);
    return ended;
  };
  const template = (): string => `s3://127.0.0.1:${new URL(server?.url ?? '').port}/pods/team?access_key_id={access_key_id}&secret_access_key={secret_access_key}&region=us-east-1`;

  it('a folder goes to a bucket and comes back, and no secret is kept or shown', async () => {
    assert.ok(sandbox && server);
    const { folder } = sandbox;
    assert.equal((await run(['pod', 'remote', 'add', 'Team', template()])).stdout, "Successfully added remote 'team'\n");
    assert.match((await run(['pod', 'remote', 'list'])).stdout, /^Remote Name +URL\nteam +s3:.*secret_access_key=\{secret_access_key\}/);
    writeTree(join(folder, 'env'), { 'a/b': 'one', c: 'two' });

    const saved = await run(['pod', 'save', 'env', 'team', '--from', 'dir:env', '-m', 'first']);
    assert.equal(saved.stdout, 'Cloud Pod `env` successfully created ✅\nVersion: 1\nRemote: team\nServices: none\n');
    writeFileSync(join(folder, 'env/c'), 'three');
    await run(['pod', 'save', 'env', 'team', '--from', 'dir:env']);
    assert.match((await run(['pod', 'list', 'team'])).stdout, /^Name +Max Version +Last Change\nenv +2 +20/);
    assert.deepEqual((JSON.parse((await run(['pod', 'versions', 'env', 'team', '--format', 'json'])).stdout) as { version: number; description: string | null }[]).map(({ version, description }) => [version, description]), [[1, 'first'], [2, null]]);
    await run(['pod', 'load', 'env:1', 'team', '--to', 'dir:back']);
    assert.deepEqual(readTree(join(folder, 'back')), { 'a/b': 'one', c: 'two' });
    assert.match((await run(['pod', 'load', 'env', 'team', '--to', 'dir:back', '--dry-run'])).stdout, /~ 1 files modified/);
    assert.match((await run(['pod', 'diff', 'env:1', 'env:2', 'team'])).stdout, /~ 1 files modified/);
    assert.match((await run(['pod', 'inspect', 'env:2', 'team'])).stdout, /Version: 2\n[^]*Other files: 2/);

    const kept = readFileSync(join(sandbox.env['XDG_CONFIG_HOME'] ?? join(sandbox.env['HOME'] ?? folder, '.config'), 'towline/config'), 'utf8');
    assert.ok(kept.includes('{secret_access_key}') && !kept.includes(server.secretAccessKey), kept);
    assert.equal((await run(['pod', 'delete', 'env:1', 'team', '--yes'])).stdout, "Successfully deleted Cloud Pod 'env:1'\n");
    assert.match((await run(['pod', 'load', 'env:1', 'team', '--to', 'dir:gone'], 1)).stderr, /maximum version available in the remote storage is 2/);
    assert.equal(existsSync(join(folder, 'gone')), false);
    await run(['pod', 'delete', 'env', 'team', '--yes']);
    assert.equal((await run(['pod', 'list', 'team'])).stdout, 'No pods available\n');
  });

  it('a LocalStack is saved and loaded', async () => {
    assert.ok(sandbox);
    const fake = await startLocalStackFake();
    try {
      const env = { LOCALSTACK_HOST: `127.0.0.1:${fake.port}` };
      fake.state.set(QUEUES, 'queues');
      assert.match((await run(['pod', 'save', 'ls', template()], 0, env)).stdout, /Version: 1\nRemote: .*\nServices: sqs\n/);
      fake.state.clear();
      assert.equal((await run(['pod', 'load', 'ls', template()], 0, env)).stdout, 'Cloud Pod ls successfully loaded\n');
      assert.deepEqual([...fake.state], [[QUEUES, 'queues']]);
    } finally {
      await fake.stop();
    }
  });

  it('a remote of data takes pods, too, in a repository and by its default', async () => {
    assert.ok(sandbox);
    const folder = join(sandbox.folder, 'project');
    mkdirSync(folder);
    const here = async (...words: readonly string[]): Promise<Ended> => {
      assert.ok(sandbox);
      const ended = await tow(sandbox, words, { cwd: folder });
      assert.equal(ended.status, 0, ended.stdout + ended.stderr);
      return ended;
    };
    await here('init', '--no-scm', '-q');
    await here('remote', 'add', '-q', '-d', 'store', '../store');
    writeTree(join(folder, 'state'), { a: '1' });
    await here('pod', 'save', 'env', '--from', 'dir:state');
    assert.match((await here('pod', 'list')).stdout, /env +1/);
    assert.ok(existsSync(join(sandbox.folder, 'store/localstack-pod-env-state-1.zip')));
    const refused = await tow(sandbox, ['pod', 'remote', 'delete', 'store'], { cwd: folder });
    assert.match(refused.stderr, /remote 'store' is a remote for data/);
  });

  it('mistakes are told in one line, and secrets are not repeated', async () => {
    const raw = 's3://bucket/?access_key_id=AKIAIOSFODNN7EXAMPLE&secret_access_key=wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY';
    const { stderr } = await run(['pod', 'remote', 'add', 'raw', raw], 254);
    assert.match(stderr, /holds a secret; nothing was saved\n.*\{access_key_id\}/);
    assert.ok(!stderr.includes('EXAMPLE'), stderr);
    assert.match((await run(['pod', 'save', 'bad/name', 'team', '--from', 'dir:env'], 254)).stderr, /"bad\/name" is no name of a pod/);
    assert.match((await run(['pod', 'save', 'x:1', 'team', '--from', 'dir:env'], 254)).stderr, /a save makes the next one/);
    assert.match((await run(['pod', 'load', 'x:abc', 'team'], 254)).stderr, /invalid version "?'?abc/);
    assert.match((await run(['pod', 'list', 's3://bucket/?key={env:NOT_THERE}'], 254)).stderr, /'key' is no parameter/);
    assert.match((await run(['pod', 'list', 's3://bucket/?region={env:NOT_THERE}'], 251)).stderr, /Missing parameters for cloud pod remote URL template: \{env:NOT_THERE\}/);
    assert.match((await run(['pod', 'list', 'nobody'], 251)).stderr, /nobody/);
  });
});
