import { test } from 'node:test';
import { whyMissing } from '../judges.ts';
import { inRepository, type JudgedRepository } from './judged-repository.ts';

const skip = whyMissing('dvc') ?? false;
const DATA = { 'd/a': '1\n', 'd/b': '2\n', 'd/s/c': '3\n', f: 'f\n', 'sub/g': 'g\n' };

/** Two commits, 'one' and 'two', and a workspace that differs from both. */
async function changed(repository: JudgedRepository): Promise<void> {
  repository.write(DATA);
  await repository.tow('add', '-q', 'd', 'f', 'sub/g');
  await repository.save();
  await repository.git('tag', 'one');
  repository.write({ 'd/a': 'changed\n', 'd/new': 'new\n', 'd/s/moved': '2\n', h: 'h\n', f: 'ff\n' });
  repository.remove('d/b');
  await repository.tow('add', '-q', 'd', 'h', 'f');
  await repository.save();
  await repository.git('tag', 'two');
  repository.write({ 'd/a': 'again\n', 'new/x': 'x\n' });
  repository.remove('d/s', 'h');
  await repository.tow('add', '-q', 'new');
}

const ASKED = [[], ['HEAD'], ['one'], ['one', 'two'], ['two', 'one'], ['one', 'one'], ['--show-hash'], ['one', '--show-hash', '--hide-missing'], ['one', 'two', '--show-hash'], ['one', '--targets', 'd'], ['one', '--targets', 'd/a', 'f'], ['one', 'two', '--targets', 'sub/g']];

test('diff says what DVC says, of commits and of the workspace', { skip }, async () => {
  await inRepository(async (repository) => {
    await changed(repository);
    for (const args of ASKED) await repository.agree(['diff', ...args]);
    await repository.agree(['diff', '../one', '--targets', '../d'].map((word) => (word === '../one' ? 'one' : word)), { below: 'sub' });
  });
});

test('diff as a table in Markdown', { skip }, async (t) => {
  await inRepository(async (repository) => {
    await changed(repository);
    for (const args of [['one', '--md'], ['one', 'two', '--md', '--show-hash'], ['two', 'two', '--md']]) {
      const { ours, theirs } = await repository.ask(['diff', ...args]);
      t.assert.deepEqual([ours.status, ours.stdout], [theirs.status, theirs.stdout]);
    }
  });
});

test('diff names what the cache lacks, and is empty in a repository without commits or changes', { skip }, async () => {
  await inRepository(async (repository) => {
    await repository.agree(['diff']);
    repository.write(DATA);
    await repository.tow('add', '-q', 'd', 'f', 'sub/g');
    await repository.save();
    await repository.agree(['diff']);
    repository.lose(/^26ab0db90d72e28ad0ba1e22ee510510|^26324c6904b2a9cb4b88d6d61c81d1$/);
    await repository.agree(['diff', '--show-hash']);
    await repository.agree(['diff', '--hide-missing']);
  });
});

test('diff refuses a commit that is none in the same words', { skip }, async (t) => {
  await inRepository(async (repository) => {
    await changed(repository);
    const { ours, theirs } = await repository.ask(['diff', 'nothing']);
    t.assert.equal(ours.status, theirs.status);
    t.assert.match(ours.stderr, /unknown Git revision 'nothing'/);
  });
});
