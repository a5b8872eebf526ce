import assert from 'node:assert/strict';
import { existsSync, readFileSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { whyMissing } from '../judges.ts';
import { tow } from '../servers/tow.ts';
import { append, edit, erase, files, write } from './changes.ts';
import { snapshot } from './snapshot.ts';
import { twinTests, withTwins, type Twin, type Twins } from './twins.ts';

const DATA = { 'data/a': 'one\n', 'data/b': 'two\n', 'data/sub/c': 'three\n' };
const REMOTE = append('.dvc/config', "[core]\n    remote = store\n['remote \"store\"']\n    url = ../../store\n");
const NOW = ['--grace', '0'];

/** Five commits, each with data of its own: 'first' is tagged, 'side' is a branch, the last is not committed. */
async function history(twins: Twins): Promise<void> {
  twins.change(REMOTE);
  for (const [index, name] of ['first', 'second', 'third', 'side'].entries()) {
    if (name === 'side') await twins.git('checkout', '-q', '-b', 'side');
    twins.change(files({ ...DATA, 'data/a': `${name}\n`, [`file-${index}`]: `${name} too\n` }));
    await twins.run(['add', '-q', 'data', `file-${index}`]);
    await twins.git('add', '-A');
    await twins.git('commit', '-q', '-m', name, '--date', `2024-01-0${index + 1}T12:00:00`);
    if (name === 'first') await twins.git('tag', 'v1');
  }
  await twins.git('checkout', '-q', '-');
  await twins.run(['checkout', '-q']);
  twins.change(write('data/a', 'not committed\n'));
  await twins.run(['add', '-q', 'data']);
}

const objectsOf = ({ root }: Twin, folder = '.dvc/cache'): readonly string[] => Object.keys(snapshot(join(root, folder))).filter((path) => /[0-9a-f]{30}/.test(path)).sort();
const dirOf = ({ read }: Twin): string => /md5: (\w+)\.dir/.exec(read('data.dvc'))?.[1] ?? '';
const listingOf = (twin: Twin): string => `.dvc/cache/files/md5/${dirOf(twin).slice(0, 2)}/${dirOf(twin).slice(2)}.dir`;

/** Runs our program on its twin alone; gives all it says. */
async function alone({ sandbox, root }: Twin, args: readonly string[], ends = 0): Promise<string> {
  const ended = await tow(sandbox, args, { cwd: root });
  assert.equal(ended.status, ends, ended.stdout + ended.stderr);
  return ended.stdout + ended.stderr;
}

describe('gc as DVC does it, where that loses nothing', { skip: whyMissing('dvc') ?? false }, () => {
  const { both, dvc } = twinTests();

  for (const flags of [['-w'], ['-a'], ['-T'], ['-A'], ['-aT'], ['--rev', 'v1'], ['--rev', 'HEAD', '-n', '2'], ['-a', '-n', '2'], ['--date', '2024-01-03'], ['--date', '2124-01-01'], ['-w', '--all-experiments']]) {
    both(`gc ${flags.join(' ')} leaves what DVC leaves`, async (twins) => {
      await history(twins);
      await twins.run(['gc', '-f', ...flags]);
      await twins.agree();
      await twins.run(['gc', '-f', ...flags]);
    });
  }

  both('flags that do not go together are refused in the same words', async (twins) => {
    for (const args of [[], ['-w', '-n', '2'], ['-w', '--not-in-remote', '-c']]) await twins.refuse(['gc', ...args], { ends: 255 });
  });

  both('nobody who can answer is a no', async (twins) => {
    await history(twins);
    const before = objectsOf(twins.tow);
    assert.equal((await dvc(twins.dvc, ['gc', '-w'])).status, 1);
    assert.match(await alone(twins.tow, ['gc', '-w'], 1), /nothing was removed/);
    assert.deepEqual(objectsOf(twins.tow), before);
    await twins.agree();
  });

  both('undo brings back all that the grace still keeps; DVC sees nothing of it', async (twins) => {
    await history(twins);
    const before = objectsOf(twins.tow);
    assert.match(await alone(twins.tow, ['gc', '-w', '-f']), /'tow gc undo' brings back \d+ objects/);
    const left = objectsOf(twins.tow);
    assert.ok(left.length < before.length);
    for (const args of [['gc', '-w', '-f'], ['status'], ['data', 'status']]) assert.equal((await dvc(twins.tow, args)).status, 0, args.join(' '));
    assert.deepEqual(objectsOf(twins.tow), left);

    assert.match(await alone(twins.tow, ['gc', 'undo']), new RegExp(`^Brought back ${before.length - left.length} objects to the cache`));
    assert.deepEqual(objectsOf(twins.tow), before);
    assert.match(await alone(twins.tow, ['gc', 'undo']), /^Nothing to bring back/);
    assert.match(await alone(twins.tow, ['cache', 'verify']), /, 0 damaged/);

    await alone(twins.tow, ['gc', '-w', '-f']);
    await alone(twins.tow, ['gc', '-w', '-f', '--no-undo']);
    assert.match(await alone(twins.tow, ['gc', 'undo']), /^Nothing to bring back/);
    assert.deepEqual(objectsOf(twins.tow), left);
  });

  both('--dry removes nothing and says what would go', async (twins) => {
    await history(twins);
    const before = objectsOf(twins.tow);
    const said = await alone(twins.tow, ['gc', '-w', '--dry']);
    assert.deepEqual(objectsOf(twins.tow), before);
    await alone(twins.tow, ['gc', '-w', '-f']);
    const gone = before.filter((path) => !existsSync(join(twins.tow.root, '.dvc/cache', path)));
    assert.ok(gone.length > 0);
    assert.deepEqual([...said.matchAll(/^Removing (\S+)$/gm)].map(([, path = '']) => path).sort(), gone.map((path) => join(twins.tow.root, '.dvc/cache', path)).sort());
  });

  both('-c removes from the remote what no commit uses (#1019)', async (twins) => {
    await history(twins);
    // DVC takes a relative remote of a commit for another folder (iterative/dvc#10054).
    await twins.run(['remote', 'modify', '-q', '--local', 'store', 'url', 'TOP/store']);
    await twins.run(['push', '-q', '-A']);
    for (const twin of [twins.dvc, twins.tow]) assert.ok(objectsOf(twin, '../store').length > 8);
    await alone(twins.tow, ['gc', '-w', '-c', '-f', ...NOW]);
    await dvc(twins.dvc, ['gc', '-w', '-c', '-f', '-j', '2']);
    assert.deepEqual(objectsOf(twins.tow, '../store'), objectsOf(twins.dvc, '../store'));
    await twins.agree();
  });

  both('-c sweeps the remotes that outputs are pinned to, too', async (twins) => {
    twins.change(append('.dvc/config', "['remote \"pinned\"']\n    url = ../../pinned\n"));
    await history(twins);
    twins.change(edit('file-0.dvc', (text) => text.replace('  path: file-0', '  remote: pinned\n  path: file-0')));
    await twins.run(['push', '-q']);
    twins.change(files({ '../pinned/files/md5/ab/cdef0123456789abcdef0123456789': 'unused' }));
    await alone(twins.tow, ['gc', '-w', '-c', '-f', ...NOW]);
    assert.equal((await dvc(twins.dvc, ['gc', '-w', '-c', '-f'])).status, 0);
    assert.deepEqual(objectsOf(twins.tow, '../pinned'), objectsOf(twins.dvc, '../pinned'));
    assert.equal(objectsOf(twins.tow, '../pinned').length, 1);
    assert.match(await alone(twins.tow, ['status', '-c']), /in sync/);
  });

  both('--not-in-remote keeps only what the remote lacks', async (twins) => {
    await history(twins);
    await twins.run(['push', '-q', 'file-0']);
    await twins.run(['gc', '-w', '-f', '--not-in-remote']);
    await twins.agree();
  });

  both('other projects that share the cache keep theirs', async (twins) => {
    twins.change(append('.dvc/config', '[cache]\n    dir = ../../cache\n'));
    await history(twins);
    for (const { sandbox, root } of [twins.dvc, twins.tow]) {
      await sandbox.git(['clone', '-q', root, join(sandbox.folder, 'other')]);
      await sandbox.git(['checkout', '-q', 'side'], { cwd: join(sandbox.folder, 'other') });
    }
    await twins.run(['gc', '-w', '-f', '-p', '../other']);
    await twins.agree();
  });
});

describe('gc where DVC loses data', () => {
  const ours = (name: string, work: (twin: Twin) => Promise<void>): void => void test(name, async () => {
    await withTwins({ run: tow, stop: () => undefined }, async (twins) => {
      await history(twins);
      await work(twins.tow);
    });
  });

  ours('what is no object of ours stays on the remote, whatever its name', async (twin) => {
    await alone(twin, ['push', '-q']);
    const foreign = { '../store/en/readme.txt': 'mine', '../store/v1/model.bin': 'mine', '../store/ab/cdef0123456789abcdef0123456789.txt': 'mine' };
    files(foreign).change(twin.root);
    await alone(twin, ['gc', '-w', '-c', '-f', ...NOW]);
    for (const path of Object.keys(foreign)) assert.ok(existsSync(join(twin.root, path)), path);
  });

  ours('a listing that is nowhere stops it before anything is deleted, until its directory is given up by name', async (twin) => {
    erase(listingOf(twin)).change(twin.root);
    const before = objectsOf(twin);

    const said = await alone(twin, ['gc', '-w', '-f'], 255);

    assert.match(said, new RegExp(`data: ${dirOf(twin)}\\.dir[^]*--give-up data`));
    assert.deepEqual(objectsOf(twin), before);
    await alone(twin, ['gc', '-w', '-f', '--give-up', 'data']);
    assert.ok(objectsOf(twin).length < before.length);
  });

  ours('a listing that only the remote has is read there', async (twin) => {
    await alone(twin, ['push', '-q']);
    erase(listingOf(twin)).change(twin.root);
    await alone(twin, ['gc', '-w', '-f']);
    await alone(twin, ['fetch', '-q']);
    assert.match(await alone(twin, ['status', '-c']), /in sync/);
  });

  ours('what was just pushed stays on the remote for a day, by its clock', async (twin) => {
    await alone(twin, ['push', '-q', '-A']);
    const pushed = objectsOf(twin, '../store');
    const old = pushed.filter((path) => path.endsWith('.dir'));
    for (const path of old) utimesSync(join(twin.root, '../store', path), new Date(Date.now() - 2 * 86_400_000), new Date(Date.now() - 2 * 86_400_000));

    await alone(twin, ['gc', '-w', '-c', '-f']);

    const gone = pushed.filter((path) => !existsSync(join(twin.root, '../store', path)));
    assert.deepEqual(gone, old.filter((path) => !path.includes(dirOf(twin).slice(2))), 'only what is old and unused');
    append('.dvc/towline', '[gc]\n    grace = 0\n').change(twin.root);
    await alone(twin, ['gc', '-w', '-c', '-f']);
    assert.ok(objectsOf(twin, '../store').length < pushed.length - gone.length, readFileSync(join(twin.root, '.dvc/towline'), 'utf8'));
  });
});
