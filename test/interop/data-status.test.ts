import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { judgeProgram, whyMissing } from '../judges.ts';
import { startProgram } from '../servers/program.ts';
import { inRepository, type JudgedRepository } from './judged-repository.ts';

const skip = whyMissing('dvc') ?? false;
const STATUS = ['data', 'status'];
const EVERYTHING = [...STATUS, '--granular', '--unchanged', '--untracked-files=all'];

/** A directory with a folder in it, and a file; both tracked. */
async function track(repository: JudgedRepository): Promise<void> {
  repository.write({ 'd/a': '1\n', 'd/b': '2\n', 'd/s/c': '3\n', f: 'f\n' });
  await repository.tow('add', '-q', 'd', 'f');
}

async function trackAndSave(repository: JudgedRepository): Promise<void> {
  await track(repository);
  await repository.save();
}

test('an empty repository has no changes, with and without a commit', { skip }, async () => {
  await inRepository(async (repository) => {
    assert.deepEqual(await repository.agree(STATUS), {});
    await repository.save();

    assert.deepEqual(await repository.agree([...STATUS, '--untracked-files']), {});
  });
});

test('what was added and is not committed to Git is added, also where there is no commit at all', { skip }, async () => {
  await inRepository(async (repository) => {
    await track(repository);

    assert.deepEqual(await repository.agree([...STATUS, '--untracked-files']), { committed: { added: ['d/', 'f'] }, untracked: ['.gitignore', 'd.dvc', 'f.dvc'] });
    await repository.save();
    repository.write({ 'e/x': 'x\n' });
    await repository.tow('add', '-q', 'e');
    assert.deepEqual(await repository.agree([...STATUS, '--granular', '--unchanged']), { committed: { added: ['e/', 'e/x'] }, unchanged: ['d/', 'd/a', 'd/b', 'd/s/c', 'f'] });
  });
});

test('changes in the workspace are uncommitted: shallow by directory, granular by file', { skip }, async () => {
  await inRepository(async (repository) => {
    await trackAndSave(repository);
    repository.write({ 'd/b': 'other\n', 'd/n/new': 'new\n', f: 'ff\n' });
    repository.remove('d/s');

    assert.deepEqual(await repository.agree(STATUS), { uncommitted: { modified: ['d/', 'f'] } });
    assert.deepEqual(await repository.agree(EVERYTHING), { uncommitted: { modified: ['d/', 'd/b', 'f'], added: ['d/n/new'], deleted: ['d/s/c'] }, unchanged: ['d/a'] });
  });
});

test('changes of .dvc files are committed changes, and both kinds stand beside each other', { skip }, async () => {
  await inRepository(async (repository) => {
    await trackAndSave(repository);
    repository.write({ 'd/b': 'other\n' });
    await repository.tow('add', '-q', 'd');
    repository.write({ 'd/a': 'again\n' });

    assert.deepEqual(await repository.agree([...STATUS, '--granular']), { committed: { modified: ['d/', 'd/b'] }, uncommitted: { modified: ['d/', 'd/a'] } });
  });
});

test('what is gone from the workspace, or from the .dvc files, is deleted', { skip }, async () => {
  await inRepository(async (repository) => {
    await trackAndSave(repository);
    repository.remove('d', 'f.dvc');

    assert.deepEqual(await repository.agree([...STATUS, '--granular']), { committed: { deleted: ['f'] }, uncommitted: { deleted: ['d/', 'd/a', 'd/b', 'd/s/c'] } });
  });
});

test('the same content under another name is renamed, a file and a directory with all in it', { skip }, async () => {
  await inRepository(async (repository) => {
    await trackAndSave(repository);
    repository.remove('d', 'd.dvc', 'f', 'f.dvc');
    repository.write({ 'e/a': '1\n', 'e/b': '2\n', 'e/s/c': '3\n', g: 'f\n' });
    await repository.tow('add', '-q', 'e', 'g');

    assert.deepEqual(await repository.agree(STATUS), { committed: { renamed: [{ old: 'd/', new: 'e/' }, { old: 'f', new: 'g' }] } });
    assert.deepEqual((await repository.agree([...STATUS, '--granular']) as { committed: { renamed: unknown[] } }).committed.renamed.length, 5);
  });
});

test('a file in the place of a directory, and the other way round, is modified', { skip }, async () => {
  await inRepository(async (repository) => {
    await trackAndSave(repository);
    repository.remove('d', 'f');
    repository.write({ d: 'file\n', 'f/y': 'y\n' });

    assert.deepEqual(await repository.agree(STATUS), { uncommitted: { modified: ['d', 'f/'] } });
    assert.deepEqual(await repository.agree([...STATUS, '--granular']), { uncommitted: { modified: ['d', 'f/'], deleted: ['d/a', 'd/b', 'd/s/c'], added: ['f/y'] } });
  });
});

test('objects that the cache lacks are named', { skip }, async () => {
  await inRepository(async (repository) => {
    await trackAndSave(repository);
    repository.lose(/^(?!.*\.dir$)/);

    assert.deepEqual(await repository.agree(STATUS), { not_in_cache: ['f'] });
    assert.deepEqual(await repository.agree([...STATUS, '--granular']), { not_in_cache: ['d/a', 'd/b', 'd/s/c', 'f'] });
  });
});

// DVC keeps what it read of a listing, so it must be lost before DVC has seen it.
test('without its listing the files of a directory are unknown', { skip }, async () => {
  await inRepository(async (repository) => {
    await trackAndSave(repository);
    repository.lose(/./);

    assert.deepEqual(await repository.agree(STATUS), { not_in_cache: ['d/', 'f'] });
    assert.deepEqual(await repository.agree([...STATUS, '--granular']), { not_in_cache: ['d/', 'f'], uncommitted: { unknown: ['d/a', 'd/b', 'd/s/', 'd/s/c'] } });
  });
});

test('a listing that only the remote has is read there', { skip }, async () => {
  await inRepository(async (repository) => {
    await repository.tow('remote', 'add', '-q', '-d', 'store', join(repository.root, '../store'));
    await trackAndSave(repository);
    await repository.tow('push', '-q');
    repository.lose(/\.dir$/);
    repository.write({ 'd/a': 'other\n' });

    assert.deepEqual(await repository.agree([...STATUS, '--granular']), { not_in_cache: ['d/'], uncommitted: { modified: ['d/', 'd/a'] } });
  });
});

test('what is not on the remote is named: the default one, another one, or none at all', { skip }, async () => {
  await inRepository(async (repository) => {
    await trackAndSave(repository);
    const ask = [...STATUS, '--not-in-remote'];
    assert.deepEqual(await repository.agree(ask), { not_in_remote: ['d/', 'f'] });
    const store = join(repository.root, '../store');
    await repository.tow('remote', 'add', '-q', '-d', 'store', store);
    await repository.tow('remote', 'add', '-q', 'other', `${store}2`);
    await repository.save();

    await repository.tow('push', '-q', 'd');

    assert.deepEqual(await repository.agree(ask), { not_in_remote: ['f'] });
    assert.deepEqual(await repository.agree([...ask, '-r', 'other', '--granular']), { not_in_remote: ['d/', 'd/a', 'd/b', 'd/s/c', 'f'] });
    repository.lose(/\.dir$/, store);
    assert.deepEqual(await repository.agree([...ask, '--granular']), { not_in_remote: ['d/', 'f'] });
    assert.deepEqual((await repository.ask([...ask, '-r', 'nowhere'])).ours.status, 251);
  });
});

test('a directory with a file that the remote lacks is not on the remote, whatever its listing says', { skip }, async () => {
  await inRepository(async (repository) => {
    const store = join(repository.root, '../store');
    await repository.tow('remote', 'add', '-q', '-d', 'store', store);
    await trackAndSave(repository);
    await repository.tow('push', '-q');
    repository.lose(/^26324c6904b2a9cb4b88d6d61c81d1$/, store);

    const { ours, theirs } = await repository.ask([...STATUS, '--not-in-remote', '--json']);

    assert.deepEqual(JSON.parse(theirs.stdout), {}, 'DVC believes the listing');
    assert.deepEqual(JSON.parse(ours.stdout), { not_in_remote: ['d/'] });
    assert.deepEqual(await repository.agree([...STATUS, '--not-in-remote', '--granular']), { not_in_remote: ['d/a'] });
  });
});

test('targets limit what is looked at', { skip }, async () => {
  await inRepository(async (repository) => {
    repository.write({ 'data/x': 'x\n', 'data/y': 'y\n' });
    await repository.tow('add', '-q', 'data/x', 'data/y');
    await trackAndSave(repository);
    repository.write({ 'd/a': 'other\n', 'd/s/c': 'other\n', 'data/x': 'xx\n', f: 'ff\n', 'data/u': 'untracked\n' });

    assert.deepEqual(await repository.agree([...STATUS, 'd']), { uncommitted: { modified: ['d/'] } });
    assert.deepEqual(await repository.agree([...EVERYTHING, 'data']), { uncommitted: { modified: ['data/x'] }, untracked: ['data/u'], unchanged: ['data/y'] });
    assert.deepEqual(await repository.agree([...STATUS, '--granular', 'd/s', 'f']), { uncommitted: { modified: ['d/s/c', 'f'] } });
    assert.deepEqual(await repository.agree([...STATUS, '--granular', 'd/s/c', 'd/s']), { uncommitted: { modified: ['d/s/c'] } });
  });
});

test('a target may be a path from where one stands, a .dvc file, or a part of a directory; one that is nothing is an error', { skip }, async () => {
  await inRepository(async (repository) => {
    await trackAndSave(repository);
    repository.write({ 'd/a': 'other\n', 'sub/x': '' });
    const said = async (target: string, below = ''): Promise<unknown> => JSON.parse((await repository.ask([...STATUS, '--json', target], below)).ours.stdout) as unknown;

    assert.deepEqual(await said('../d', 'sub'), { uncommitted: { modified: ['d/'] } });
    assert.deepEqual(await said('d.dvc'), { uncommitted: { modified: ['d/'] } });
    assert.deepEqual(await said('d/a'), { uncommitted: { modified: ['d/a'] } });
    assert.equal((await repository.ask([...STATUS, 'nothing'])).ours.status, 255);
  });
});

test('paths are shown from the root, untracked ones from where one stands', { skip }, async () => {
  await inRepository(async (repository) => {
    await trackAndSave(repository);
    repository.write({ 'sub/u': 'u\n', top: 't\n', f: 'ff\n' });

    assert.deepEqual(await repository.agree([...STATUS, '--untracked-files=all'], { below: 'sub' }), { uncommitted: { modified: ['f'] }, untracked: ['../top', 'u'] });
    assert.deepEqual(await repository.agree([...STATUS, '--untracked-files', 'no']), { uncommitted: { modified: ['f'] } });
  });
});

test('without Git there is nothing committed, and the rest works', { skip }, async () => {
  await inRepository(async (repository) => {
    await track(repository);
    repository.write({ f: 'ff\n' });

    assert.deepEqual(await repository.agree(EVERYTHING), { uncommitted: { modified: ['f'] }, unchanged: ['d/', 'd/a', 'd/b', 'd/s/c'] });
  }, 'bare');
});

test('outputs of stages count once there is something: in the lock or in the workspace; uncached ones never do', { skip }, async () => {
  await inRepository(async (repository) => {
    repository.write({ 'dvc.yaml': 'stages:\n  s:\n    cmd: make\n    outs: [o, p, {n: {cache: false}}]\n', 'o/x': '1\n', n: 'n\n' });

    assert.deepEqual(await repository.agree(EVERYTHING), { uncommitted: { added: ['o/', 'o/x'] }, untracked: ['dvc.yaml', 'n', 'o/x'] });
  });
});

test('an import that was not downloaded is deleted, by what its source was', { skip }, async () => {
  await inRepository(async (repository) => {
    repository.write({ '../source': 'source\n' });
    await repository.dvc('import-url', '-q', '--no-download', join(repository.root, '../source'), 'imported');

    assert.deepEqual(await repository.agree(STATUS), { not_in_cache: ['imported'], committed: { added: ['imported'] }, uncommitted: { deleted: ['imported'] } });
  });
});

test('objects of DVC 2 are looked for where DVC 2 put them', { skip }, async () => {
  await inRepository(async (repository) => {
    repository.write({ 'l.dvc': 'outs:\n- md5: 9a8ad92c50cae39aa2c5604fd0ab6d8c\n  size: 2\n  path: l\n', l: 'f\n', '.gitignore': '/l\n' });
    await repository.save();
    assert.deepEqual(await repository.agree([...STATUS, '--unchanged']), { not_in_cache: ['l'], unchanged: ['l'] });

    repository.write({ '.dvc/cache/9a/8ad92c50cae39aa2c5604fd0ab6d8c': 'f\n' });

    assert.deepEqual(await repository.agree([...STATUS, '--unchanged']), { unchanged: ['l'] });
  });
});

/** As DVC takes its lock. */
const LOCKED = "import sys, zc.lockfile; lock = zc.lockfile.LockFile(sys.argv[1]); print('held', flush=True); sys.stdin.read()";

test('it is told also while another command holds the lock', { skip: skip || (whyMissing('python') ?? false) }, async () => {
  await inRepository(async (repository) => {
    await track(repository);
    const holder = startProgram(judgeProgram('python'), ['-c', LOCKED, join(repository.root, '.dvc/tmp/lock')], { holdsStdin: true });
    try {
      await new Promise<void>((resolve) => { holder.onLine(() => resolve()); });
      assert.notEqual((await repository.ask(['status', '-q'])).ours.status, 0);

      assert.deepEqual(await repository.agree(STATUS), { committed: { added: ['d/', 'f'] } });
    } finally {
      await holder.stop();
    }
  });
});
