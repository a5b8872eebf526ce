import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { whyMissing } from '../judges.ts';
import { tow } from '../servers/tow.ts';
import { erase, files, write } from './changes.ts';
import { twinTests } from './twins.ts';

const LARGE = 'x'.repeat(1_500_000);

describe('du as DVC has it', { skip: whyMissing('dvc') ?? false }, () => {
  const { both } = twinTests();

  both('of Git and data, in the work tree and in commits, with and without a path', async (twins) => {
    twins.change(files({ 'data/a': 'x'.repeat(5000), 'data/sub/b': 'b\n', 'plain/x': 'hi\n', 'plain/deep/y': 'y\n', 'plain/large': LARGE, 'ignored/log': 'log\n', '.gitignore': '/ignored\n' }));
    await twins.run(['add', '-q', 'data', 'plain/large']);
    await twins.git('add', '-A');
    await twins.git('commit', '-q', '-m', 'first');
    const agree = async (...args: readonly string[]): Promise<void> => {
      const [ours, theirs] = await twins.say(['du', ...args]);
      assert.deepEqual(ours, theirs, args.join(' '));
    };
    for (const args of [['.'], ['.', 'plain/'], ['.', 'data/sub', '--summarize'], ['TOP/project', '--rev', 'HEAD']]) await agree(...args);

    twins.change(write('data/a', 'changed\n'), write('data/new', 'untracked\n'), erase('plain/large'));
    for (const args of [['.', '-s'], ['.', 'data']]) await agree(...args);

    const { ours, theirs } = await twins.run(['du', '.', 'nothing'], { ends: 255 });
    for (const { stderr } of [ours, theirs]) assert.match(stderr, /\[Errno 2\] No such file or directory: '<top>\/project\/nothing'/);

    // Of files that lie in no work tree DVC says 0, although it has them in its cache.
    const json = await tow(twins.tow.sandbox, ['du', '.', 'data', '--rev', 'HEAD', '--json'], { cwd: twins.tow.root });
    assert.deepEqual(JSON.parse(json.stdout), { path: 'data', total: 5002, entries: [{ path: 'data/a', size: 5000 }, { path: 'data/sub', size: 2 }], unknown: 0 });
  });
});
