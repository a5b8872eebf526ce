import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { readTree, writeTree } from '../pods-lent.ts';
import { startLocalStackFake } from '../servers/localstack-fake.ts';
import { createSandbox } from '../servers/sandbox.ts';
import { tow } from '../servers/tow.ts';
import { HOSTILE_ZIPS } from '../zips.ts';

const fake = await startLocalStackFake();
const sandbox = createSandbox('pods');
after(async () => {
  await fake.stop();
  sandbox.remove();
});
const cwd = sandbox.folder;
const env = { LOCALSTACK_HOST: `127.0.0.1:${fake.port}` };
const run = (...words: readonly string[]): ReturnType<typeof tow> => tow(sandbox, words, { cwd, env });
const QUEUES = 'api_states/000000000000/sqs/us-east-1/store.state';

test('a state goes out of LocalStack and into it again, in its own words', async () => {
  fake.state.set(QUEUES, 'queues');
  const exported = await run('state', 'export', 'state.zip');
  assert.deepEqual([exported.status, exported.stdout, exported.stderr], [0, `LocalStack state successfully exported to: ${join(cwd, 'state.zip')} ✅\n`, '']);
  assert.match(execFileSync('python3', ['-c', `import zipfile; z=zipfile.ZipFile('${join(cwd, 'state.zip')}'); print(z.testzip(), z.namelist(), z.read('metadata.yaml').decode())`], { encoding: 'utf8' }), /^None .*sqs.*metadata.yaml[^]*localstack_version: 4.14.0[^]*name: state.zip[^]*services:\n- sqs\nsize: \d+/);

  const reset = await run('state', 'reset');
  assert.deepEqual([reset.status, reset.stdout, fake.state.size], [0, 'LocalStack state successfully reset\n', 0]);
  const dry = await run('state', 'import', 'state.zip', '--dry-run');
  assert.deepEqual([dry.stdout, fake.state.size], ['This load operation will modify the state as follows:\nsqs:\n  + 1 files added.\n', 0]);
  const imported = await run('state', 'import', 'state.zip');
  assert.deepEqual([imported.status, imported.stdout], [0, 'sqs: ok\nLocalStack state successfully imported from state.zip ✅\n']);
  assert.equal(fake.state.get(QUEUES), 'queues');
});

test('a service that fails is no success', async () => {
  fake.broken.set('sqs', 'no queues');
  const imported = await run('state', 'import', 'state.zip');
  fake.broken.clear();
  assert.deepEqual([imported.status, imported.stdout], [1, '']);
  assert.match(imported.stderr, /Failed to import LocalStack state - loading the state failed in LocalStack: sqs: no queues/);
});

test('what is in a state is shown, of LocalStack and of a zip, as a table and as JSON', async () => {
  assert.match((await run('state', 'inspect')).stdout, /SQS\n +us-east-1\n +ListQueues/);
  assert.match((await run('state', 'inspect', 'state.zip')).stdout, /LocalStack 4.14.0\nAccount +Service +Region +Files +Bytes\n000000000000 +sqs +us-east-1 +1 +6\n/);
  assert.deepEqual((JSON.parse((await run('state', 'inspect', 'state.zip', '--format', 'json')).stdout) as { units: unknown }).units, [{ account: '000000000000', service: 'sqs', region: 'us-east-1', files: 1, bytes: 6 }]);
});

test('a LocalStack without pods, and none at all, are told apart', async () => {
  fake.faults.push({ path: '/_localstack/pods/environment', fault: 'empty-404' });
  const without = await run('state', 'export', 'none.zip');
  assert.deepEqual([without.status, existsSync(join(cwd, 'none.zip'))], [1, false]);
  assert.match(without.stderr, /this LocalStack has no pods/);
  const gone = await run('state', 'reset', '--endpoint', 'http://127.0.0.1:1');
  assert.match(gone.stderr, /LocalStack on http:\/\/127.0.0.1:1 does not answer/);
});

test('a folder is exported and imported without any LocalStack, and a hostile zip is not', async () => {
  writeTree(join(cwd, 'env'), { 'a/b': 'one', 'x.log': 'noise' });
  assert.equal((await run('state', 'export', 'env.zip', '--from', 'dir:env', '--exclude', '*.log')).status, 0);
  assert.equal((await run('state', 'import', 'env.zip', '--to', 'dir:back')).stdout, 'State successfully imported from env.zip ✅\n');
  assert.deepEqual(readTree(join(cwd, 'back')), { 'a/b': 'one' });

  writeFileSync(join(cwd, 'bad.zip'), HOSTILE_ZIPS['parents'] ?? '');
  const bad = await run('state', 'import', 'bad.zip', '--to', 'dir:back');
  assert.equal(bad.status, 1);
  assert.deepEqual(readTree(join(cwd, 'back')), { 'a/b': 'one' });
  assert.equal((await run('state', 'import', 'env.zip', '--to', 'back')).status, 254);
});
