import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createSandbox } from '../servers/sandbox.ts';
import { tow } from '../servers/tow.ts';

/** What people type by mistake, how it ends, and what they must read. */
const MISTAKES: readonly { readonly typed: string; readonly status: number; readonly says: readonly RegExp[] }[] = [
  { typed: 'pus', status: 254, says: [/'pus' is not a command of tow/, /Did you mean 'push'\?/] },
  { typed: '--nope', status: 254, says: [/unrecognized arguments: --nope/] },
  { typed: 'push --forse', status: 254, says: [/unrecognized arguments: --forse/] },
  { typed: 'remote lst', status: 254, says: [/'remote lst' is not a command/, /Did you mean 'list'\?/] },
  { typed: 'dataset add', status: 254, says: [/'dataset' runs pipelines or experiments, which is DVC's work/, /Run 'dvc dataset'/] },
  { typed: 'import-db', status: 254, says: [/'import-db' is a command of DVC/, /Run 'dvc import-db'/] },
  { typed: 'repro', status: 254, says: [/Run 'dvc repro'/] },
  { typed: '--cd nowhere push', status: 255, says: [/there is no folder 'nowhere'/] },
  { typed: 'push --limit-rate fast', status: 254, says: [/argument --limit-rate: expected a rate such as '10M', '512k', '1\.5MiB\/s', '10M:off' or 'off', got 'fast'/] },
  { typed: 'push --limit-rate', status: 254, says: [/argument --limit-rate: expected one argument/] },
  { typed: 'push --shard 5/4', status: 254, says: [/argument --shard: expected a share such as '1\/4' \(from 1\/4 to 4\/4\), got '5\/4'/] },
  { typed: 'cache verify --shard 0/4', status: 254, says: [/argument --shard: expected a share/] },
  { typed: 'push --run-cache --shard 1/2', status: 254, says: [/argument --run-cache: not allowed with argument --shard/] },
  { typed: 'push --workers amqp://me:secret@host', status: 254, says: [/expected the URL of a Redis or PostgreSQL server, such as 'redis:\/\/host:6379', got 'amqp:\/\/\*\*\*@host'/] },
  { typed: 'push --workers redis://host --shard 1/2', status: 254, says: [/argument --workers: not allowed with argument --shard/] },
  { typed: 'worker', status: 254, says: [/the following arguments are required: url/] },
  { typed: 'worker --lease 0 redis://host', status: 254, says: [/argument --lease: expected a number of seconds above 0/] },
  { typed: 'worker redis://127.0.0.1:1', status: 255, says: [/the queue at 'redis:\/\/127\.0\.0\.1:1' cannot be used: nothing listens there/, /Is the URL right/] },
  { typed: 'worker postgres://127.0.0.1:1/jobs', status: 255, says: [/the queue at 'postgres:\/\/127\.0\.0\.1:1\/jobs' cannot be used: nothing listens there/] },
  { typed: 'status --shard 1/2', status: 1, says: [/meaningless for local status: --shard/] },
  { typed: 'config core.limit_rate 10Mbit', status: 251, says: [/expected a rate such as '10M'/] },
  { typed: 'push -r stor', status: 1, says: [/remote 'stor' doesn't exist/, /Did you mean 'store'\?/] },
  { typed: 'remote modify stor jobs 4', status: 251, says: [/Did you mean 'store'\?/] },
  { typed: 'remote modify store jbos 4', status: 251, says: [/\.dvc\/config:\d+/, /Did you mean 'jobs'\?/] },
  { typed: 'remote modify store acl private', status: 251, says: [/'tow help remote TYPE' lists the options/] },
  { typed: 'remote modify store jobs four', status: 251, says: [/expected int/] },
  { typed: 'remote modify store jobs', status: 254, says: [/'jobs' needs a value/] },
  { typed: 'remote add store elsewhere', status: 251, says: [/already exists/, /--force/] },
  { typed: 'remote add other host:/folder', status: 0, says: [/'host:\/folder' is taken for a folder/] },
  { typed: 'config core.remot store', status: 251, says: [/Did you mean 'remote'\?/] },
  { typed: 'add nothere', status: 1, says: [/'nothere' does not exist/] },
  { typed: 'add code.py', status: 1, says: [/already tracked by SCM/, /git rm -r --cached 'code\.py'/] },
  { typed: 'push nothere', status: 1, says: [/'nothere' does not exist/, /tow data status --unchanged/] },
  { typed: 'pull', status: 1, says: [/data\.txt/, /Push them from where they were made, or name the remote/] },
  { typed: 'checkout', status: 255, says: [/data\.txt/, /'tow pull' brings what the cache lacks/] },
  { typed: 'completion tcsh', status: 254, says: [/only for bash, zsh, fish/] },
];

describe('a typical mistake', () => {
  const sandbox = createSandbox('mistakes');
  after(() => sandbox.remove());
  before(async () => {
    await sandbox.git(['init', '--quiet', '.']);
    for (const args of [['init', '--quiet'], ['remote', 'add', '-d', 'store', '../store']]) assert.equal((await tow(sandbox, args)).status, 0);
    writeFileSync(join(sandbox.folder, 'code.py'), '');
    writeFileSync(join(sandbox.folder, 'data.txt.dvc'), 'outs:\n- md5: 8d777f385d3dfec8815d20f7496026dc\n  size: 4\n  hash: md5\n  path: data.txt\n');
    await sandbox.git(['add', '--all']);
  });

  for (const { typed, status, says } of MISTAKES) {
    it(`'tow ${typed}' ends with ${status} and says what to do`, async () => {
      const ended = await tow(sandbox, typed.split(' '));

      assert.equal(ended.status, status, ended.stderr);
      for (const words of says) assert.match(ended.stderr, words);
      assert.doesNotMatch(ended.stderr, /\n\s+at |unexpected error/);
    });
  }

  it('is told to a program with its code', async () => {
    const ended = await tow(sandbox, ['push', '-r', 'stor', '--json']);

    assert.equal(ended.status, 1);
    assert.equal((JSON.parse(ended.stdout) as { readonly error: { readonly code: string } }).error.code, 'INVALID_CONFIG');
  });

  it('in a damaged .dvc file is shown with its line, and every command says so', async () => {
    mkdirSync(join(sandbox.folder, 'bad'));
    writeFileSync(join(sandbox.folder, 'bad/bad.dvc'), 'outs:\n- mdr5: 4\n  path: y\n');
    const ended = await tow(sandbox, ['status']);

    assert.equal(ended.status, 1);
    assert.match(ended.stderr, /bad\/bad\.dvc/);
    assert.match(ended.stderr, /line 2/);
  });
});
