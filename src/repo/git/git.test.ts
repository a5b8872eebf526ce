import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { hasCode } from '../../errors.ts';
import type { Git } from './git.ts';
import { createGit, gitError } from './git.ts';
import { createGitIgnore } from './ignored.ts';
import { openObjects } from './objects.ts';
import { gitStatus, headCommit, resolveCommit } from './refs.ts';
import { gitIgnoredPaths, refuseTracked, stagePaths, trackedPaths } from './tracked.ts';

const folders: string[] = [];
after(() => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })));

function repository(): { readonly root: string; readonly git: Git; readonly env: Record<string, string>; run(...args: readonly string[]): string } {
  const root = mkdtempSync(join(tmpdir(), 'tow-git-'));
  folders.push(root);
  const env = { PATH: process.env['PATH'] ?? '', HOME: join(root, 'home'), GIT_CONFIG_NOSYSTEM: '1' };
  const run = (...args: readonly string[]): string => execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.com', ...args], { cwd: root, env, encoding: 'utf8' });
  run('init', '-q', '-b', 'main');
  return { root, git: createGit(root, { env }), env, run };
}

test('names with blanks, quotes, pattern signs and other letters are names', async () => {
  const { root, git, run } = repository();
  for (const name of ['sp ace', 'q"uote', '*', '[a]', 'ü', ':colon']) writeFileSync(join(root, name), name);
  await stagePaths(git, ['sp ace', 'q"uote', '[a]', 'ü', ':colon']);
  run('commit', '-q', '-m', '1');

  assert.deepEqual([...(await trackedPaths(git, ['sp ace', 'q"uote', '*', '[a]', 'ü', ':colon', 'a']))].sort(), [':colon', '[a]', 'q"uote', 'sp ace', 'ü']);
  assert.deepEqual(await gitStatus(git), { isEmpty: false, changes: [{ path: '*', index: '?', workTree: '?' }] });
});

test('staging takes in what was made, changed and removed', async () => {
  const { root, git, run } = repository();
  writeFileSync(join(root, 'a'), '1');
  writeFileSync(join(root, 'b'), '1');
  run('add', '-A');
  run('commit', '-q', '-m', '1');
  rmSync(join(root, 'a'));
  writeFileSync(join(root, 'b'), '2');
  writeFileSync(join(root, 'c'), 'other');

  await stagePaths(git, ['a', 'b', 'c']);

  assert.deepEqual((await gitStatus(git, 'all')).changes.map(({ index, path }) => `${index} ${path}`).sort(), ['A c', 'D a', 'M b']);
});

test('a path that Git tracks, or that holds such a file, is refused in the words of DVC', async () => {
  const { root, git, run } = repository();
  mkdirSync(join(root, 'd'));
  writeFileSync(join(root, 'd/f'), '1');
  run('add', '-A');

  await refuseTracked(git, ['new']);
  await assert.rejects(refuseTracked(git, ['new', 'd']), (error) => hasCode(error, 'ALREADY_EXISTS') && error.message.startsWith(" output 'd' is already tracked by SCM (e.g. Git).\n"));
});

test('Git and our reading of its ignore files agree', async () => {
  const { root, git, env } = repository();
  mkdirSync(join(root, 'home/.config/git'), { recursive: true });
  mkdirSync(join(root, 'sub/deep'), { recursive: true });
  writeFileSync(join(root, 'home/.config/git/ignore'), '*.global\n');
  writeFileSync(join(root, '.git/info/exclude'), '*.local\n');
  writeFileSync(join(root, '.gitignore'), '/data\n*.tmp\n!keep.tmp\nfolder/\n/home\n');
  writeFileSync(join(root, 'sub/.gitignore'), '/inner\n!x.tmp\n');
  const paths = ['data', 'sub/data', 'a.tmp', 'keep.tmp', 'sub/x.tmp', 'sub/y.tmp', 'sub/inner', 'sub/deep/inner', 'folder', 'a.global', 'sub/b.local', 'plain'];

  const theirs = await gitIgnoredPaths(git, paths.map((path) => (path === 'folder' ? 'folder/' : path)));
  const ignore = createGitIgnore(root, { env, home: env['HOME'] ?? '' });
  const below = createGitIgnore(join(root, 'sub'), { env, home: env['HOME'] ?? '' });

  assert.deepEqual(paths.filter((path) => ignore?.ignores(path, path === 'folder')), paths.filter((path) => theirs.has(path) || theirs.has(`${path}/`)));
  assert.equal(below?.ignores('y.tmp', false), true);
  assert.equal(below?.ignores('x.tmp', false), false);
});

test('many objects are read through one program, in any order and size', async () => {
  const { root, git, run } = repository();
  const names = Array.from({ length: 200 }, (_, index) => `f${index}`);
  names.forEach((name, index) => writeFileSync(join(root, name), 'x\n'.repeat(index * 40)));
  run('add', '-A');
  run('commit', '-q', '-m', '1');
  const objects = openObjects(git);

  const tree = await objects.tree(`${(await headCommit(git)) ?? ''}:`);
  const sizes = await Promise.all((tree ?? []).map(async ({ name, id }) => ({ name, size: (await objects.blob(id)).length })));

  assert.equal(sizes.length, 200);
  for (const { name, size } of sizes) assert.equal(size, Number(name.slice(1)) * 80);
  assert.equal(await objects.tree('HEAD:nothing'), undefined);
  await assert.rejects(objects.blob('0'.repeat(40)), (error) => hasCode(error, 'NOT_FOUND'));
  objects.close();
  assert.equal((await objects.tree('HEAD:'))?.length, 200, 'after closing, a new one is started');
  objects.close();
});

test('a revision is resolved, a repository without commits has none', async () => {
  const { root, git, run } = repository();
  assert.equal(await headCommit(git), undefined);
  assert.deepEqual(await gitStatus(git), { isEmpty: true, changes: [] });
  writeFileSync(join(root, 'a'), '1');
  run('add', '-A');
  run('commit', '-q', '-m', '1');

  assert.equal(await resolveCommit(git, 'main'), run('rev-parse', 'HEAD').trim());
});

test('each thing that stands in the way has its own words', () => {
  const where = { folder: '/w', args: ['status'] };

  assert.match(gitError(new Error("fatal: detected dubious ownership in repository at '/w'"), where).hint ?? '', /safe\.directory '\/w'/);
  assert.equal(gitError(new Error('fatal: bad object x\nmore'), where).message, 'git status failed: bad object x');
});
