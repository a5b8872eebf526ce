import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { hasCode } from '../../errors.ts';
import type { Config } from '../../remotes/config.ts';
import { openCommits } from '../commit.ts';
import { createGit } from '../git/git.ts';
import { listCommits, listRefs } from '../git/refs.ts';
import { stageAddress } from '../stage.ts';
import type { WorkTree } from '../worktree.ts';
import { openWorkTree } from '../worktree.ts';
import { checkOverlaps } from './overlaps.ts';
import { collect, collectStages } from './stages.ts';
import { matchStages, matchTargets, parseTarget } from './targets.ts';

const A = 'd3b07384d113edec49eaa6238ad5ff00';
const B = '0cc175b9c0f1b6a831c399e269772661';
const folders: string[] = [];
after(() => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })));

const out = (md5: string, path: string): string => `outs:\n- md5: ${md5}\n  size: 4\n  hash: md5\n  path: ${path}\n`;
const loadConfig = (): Promise<Config> => Promise.reject(new Error('no configuration here'));

function repository(files: Readonly<Record<string, string>>, git = true): string {
  const root = mkdtempSync(join(tmpdir(), 'tow-stages-'));
  folders.push(root);
  if (git) run(root, 'init', '-q', '-b', 'main');
  mkdirSync(join(root, '.dvc'));
  write(root, files);
  return root;
}
function write(root: string, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
}
function run(root: string, ...args: readonly string[]): string {
  return execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.com', ...args], { cwd: root, env: environment(root), encoding: 'utf8' });
}
function environment(root: string): Record<string, string> {
  return { PATH: process.env['PATH'] ?? '', HOME: root, GIT_CONFIG_NOSYSTEM: '1' };
}
function open(root: string): WorkTree {
  return openWorkTree(root, { runtime: { env: environment(root), home: join(root, 'nohome') }, loadConfig });
}
async function names(root: string): Promise<string[]> {
  return (await collectStages(open(root))).map(stageAddress).sort();
}

test('every .dvc file and dvc.yaml counts, except in ignored folders, nested repositories and tracked directories', async () => {
  const root = repository({
    'a.dvc': out(A, 'a'), 'sub/b.dvc': out(A, 'b'), 'sub/dvc.yaml': 'stages:\n  t:\n    cmd: x\n', 'x.txt': '',
    '.gitignore': '/venv\n*.skip.dvc\n', 'venv/c.dvc': out(A, 'c'), 'd.skip.dvc': out(A, 'd'),
    '.dvcignore': 'hidden/\n', 'hidden/e.dvc': out(A, 'e'), 'nested/.dvc/config': '', 'nested/f.dvc': out(A, 'f'),
    'data.dvc': out(`${A}.dir`, 'data'), 'data/inner.dvc': out(A, 'g'),
  });

  assert.deepEqual(await names(root), ['a.dvc', 'data.dvc', 'sub/b.dvc', 'sub/dvc.yaml:t']);
});

test('a repository without Git, and a link to a .dvc file, are read too', async () => {
  const root = repository({ 'a.dvc': out(A, 'a') }, false);
  symlinkSync('a.dvc', join(root, 'b.dvc'));
  symlinkSync('.', join(root, 'loop'));

  assert.deepEqual(await names(root), ['a.dvc', 'b.dvc']);
});

test('all faulty files are named at once, the good ones are still known', async () => {
  const root = repository({ 'a.dvc': out(A, 'a'), 'bad.dvc': 'outs:\n- unknown: 1\n  path: x\n', 'worse.dvc': 'outs: [\n', 'dvc.yaml': 'stages:\n  t: 3\n' });

  const { stages, faults } = await collect(open(root));

  assert.deepEqual(stages.map(stageAddress), ['a.dvc']);
  assert.deepEqual(faults.map(({ context }) => `${String(context['file'])}:${String(context['line'])}`), ['bad.dvc:2', 'dvc.yaml:2', 'worse.dvc:2']);
  await assert.rejects(collectStages(open(root)), (error) => hasCode(error, 'CORRUPT') && /bad\.dvc[\s\S]*dvc\.yaml[\s\S]*worse\.dvc/.test(error.message));
});

test('the stages of a commit are those it had, whatever lies in the work tree', async () => {
  const root = repository({ 'a.dvc': out(A, 'a'), 'sub/b.dvc': out(A, 'b'), '.dvcignore': 'old/\n', 'old/c.dvc': out(A, 'c') });
  run(root, 'add', '-f', '-A');
  run(root, 'commit', '-q', '-m', '1');
  run(root, 'tag', 'v1');
  write(root, { 'a.dvc': out(B, 'a'), 'new.dvc': out(B, 'new') });
  run(root, 'add', '-A');
  run(root, 'commit', '-q', '-m', '2');
  run(root, 'tag', '-a', 'v2', '-m', 'annotated');
  const git = createGit(root, { env: environment(root) });
  const commits = openCommits(git, { loadConfig });

  const first = await collectStages(await commits.open('v1'));
  const second = await collectStages(await commits.open('main'));

  assert.deepEqual(first.map(stageAddress), ['a.dvc', 'sub/b.dvc']);
  assert.deepEqual(second.map(stageAddress), ['a.dvc', 'new.dvc', 'sub/b.dvc']);
  assert.equal(first[0]?.outputs[0]?.hash?.value, A);
  assert.equal(second[0]?.outputs[0]?.hash?.value, B);
  assert.equal(first[1], second[2], 'a file that did not change is parsed once');
  assert.deepEqual((await listRefs(git)).map(({ kind, name }) => `${kind} ${name}`), ['branch main', 'tag v1', 'tag v2']);
  assert.equal((await listCommits(git, { commits: true })).length, 2);
  assert.equal((await listCommits(git, { branches: true, tags: true })).length, 2);
  await assert.rejects(commits.open('nope'), /unknown Git revision 'nope'/);
  await assert.rejects(commits.open('--help'), /unknown Git revision '--help'/);
  const workspace = (await commits.open('v1')).read('nothing/here');
  assert.equal(await workspace, undefined);
  commits.close();
});

test('a commit is seen from the folder of the DVC repository, and its faults say which commit it was', async () => {
  const top = repository({ 'outside.dvc': out(A, 'o'), 'inner/in.dvc': out(A, 'in'), 'inner/bad.dvc': 'outs: [\n' });
  run(top, 'add', '-A');
  run(top, 'commit', '-q', '-m', '1');
  const commits = openCommits(createGit(join(top, 'inner'), { env: environment(top) }), { loadConfig });

  const { stages, faults } = await collect(await commits.open('HEAD'));

  assert.deepEqual(stages.map(stageAddress), ['in.dvc']);
  assert.match(faults[0]?.message ?? '', /^in revision 'HEAD': '\.\/bad\.dvc' is invalid\./);
  commits.close();
});

test('Git that is missing, a folder without repository and an empty one each say what to do', async () => {
  const root = repository({}, false);
  await assert.rejects(createGit(root, { env: { PATH: '/nonexistent' } }).run(['status']), (error) => hasCode(error, 'NOT_FOUND') && error.context['reason'] === 'no-git-program');
  await assert.rejects(createGit(root, { env: environment(root) }).run(['status']), (error) => hasCode(error, 'NOT_FOUND') && error.context['reason'] === 'no-git-repository');
  const empty = repository({});
  const git = createGit(empty, { env: environment(empty) });
  assert.deepEqual(await listCommits(git, { commits: true, branches: true }), []);
  await assert.rejects(listCommits(undefined, { tags: true }), /without Git/);
});

const PIPELINE = `stages:
  prepare:
    cmd: prep
    deps: [raw]
    outs: [clean]
  train:
    foreach: [a, b]
    do:
      cmd: train \${item}
      deps: [clean/x]
      outs: ["model-\${item}"]
`;

test('targets are files, stages, groups, outputs and paths inside outputs', async () => {
  const root = repository({ 'raw.dvc': out(A, 'raw'), 'dvc.yaml': PIPELINE, 'sub/d.dvc': out(`${A}.dir`, 'd'), 'sub/deep/e.dvc': out(A, 'e') });
  const stages = await collectStages(open(root));
  const pick = (targets: readonly string[], options: Partial<Parameters<typeof matchTargets>[2]> = {}): string[] =>
    matchTargets(stages, targets, { root, cwd: root, ...options }).map(({ output, inner }) => (inner === '' ? output.path : `${output.path}:${inner}`));

  assert.deepEqual(pick([]), ['clean', 'model-a', 'model-b', 'raw', 'sub/d', 'sub/deep/e']);
  assert.deepEqual(pick(['raw.dvc']), ['raw']);
  assert.deepEqual(pick(['raw']), ['raw']);
  assert.deepEqual(pick(['./raw/']), ['raw']);
  assert.deepEqual(pick([join(root, 'raw')]), ['raw']);
  assert.deepEqual(pick(['sub/d/x/y']), ['sub/d:x/y']);
  assert.deepEqual(pick(['d/x', 'd/x', 'd/z'], { cwd: join(root, 'sub') }), ['sub/d:x', 'sub/d:z']);
  assert.deepEqual(pick(['sub/d/x', 'sub/d']), ['sub/d']);
  assert.deepEqual(pick(['train']), ['model-a', 'model-b']);
  assert.deepEqual(pick(['train@b', 'dvc.yaml:prepare']), ['model-b', 'clean']);
  assert.deepEqual(pick(['dvc.yaml']), ['clean', 'model-a', 'model-b']);
  assert.deepEqual(pick(['sub'], { recursive: true }), ['sub/d', 'sub/deep/e']);
  assert.deepEqual(pick(['train@a'], { withDeps: true }), ['raw', 'clean', 'model-a']);
  assert.deepEqual(pick(['model-a'], { withDeps: true }), ['model-a', 'raw', 'clean']);
  assert.deepEqual(pick(['*.dvc', 'model-*'], { glob: true }), ['model-a', 'model-b', 'raw']);
  assert.deepEqual(pick(['sub/**/e'], { glob: true }), ['sub/deep/e']);
  assert.deepEqual(matchStages(stages, ['raw.dvc', 'train@a'], { root, cwd: root }).map(stageAddress), ['raw.dvc', 'train@a']);
});

test('what is no target is named as DVC names it', async () => {
  const bare = repository({ 'raw.dvc': out(A, 'raw') });
  const full = repository({ 'dvc.yaml': 'stages: {}\n' });
  const ask = async (root: string, target: string, options = {}): Promise<string> => {
    const stages = await collectStages(open(root));
    try {
      matchTargets(stages, [target], { root, cwd: root, ...options });
    } catch (error) {
      return error instanceof Error ? error.message : '';
    }
    return 'no failure';
  };

  assert.equal(await ask(bare, 'nofile'), "'nofile' does not exist as an output or a stage name in 'dvc.yaml': 'dvc.yaml' does not exist");
  assert.equal(await ask(full, 'nofile'), "'nofile' does not exist as an output or a stage name in 'dvc.yaml': Stage 'nofile' not found inside 'dvc.yaml' file");
  assert.equal(await ask(bare, 'x.dvc'), `'${bare}/x.dvc' does not exist`);
  assert.equal(await ask(full, 'dvc.yaml:x'), "Stage 'x' not found inside 'dvc.yaml' file");
  assert.equal(await ask(full, 'dvc.lock'), 'Did you mean: `dvc.yaml`?');
  assert.equal(await ask(bare, '../raw'), "'../raw' does not exist as an output or a stage name in 'dvc.yaml': 'dvc.yaml' does not exist");
  assert.equal(await ask(bare, '*.none', { glob: true }), "Glob ['*.none'] has no matches.");
});

test('targets are taken apart as DVC takes them apart', () => {
  const parts = (target: string): string => Object.values(parseTarget(target)).map((part) => part ?? '-').join(' ');

  assert.deepEqual(['foo', 'foo@a:b', 'dvc.yaml', 'x.dvc', 'sub/dvc.yaml:t', ':t', 'sub/dvc.yaml:t@k:v', 'a/b:c/d'].map(parts), [
    '- foo', '- foo@a:b', 'dvc.yaml -', 'x.dvc -', 'sub/dvc.yaml t', 'dvc.yaml t', 'sub/dvc.yaml t@k:v', '- a/b:c/d',
  ]);
});

test('outputs that are tracked twice or lie in each other are refused, with both names', async () => {
  const twice = await collectStages(open(repository({ 'a.dvc': out(A, 'x'), 'b.dvc': out(B, 'x') })));
  const inside = await collectStages(open(repository({ 'a.dvc': out(A, 'd/e/f'), 'b.dvc': out(`${B}.dir`, 'd') })));

  assert.throws(() => checkOverlaps(twice), /^TowlineError: output 'x' is specified in:\n\t- a\.dvc\n\t- b\.dvc\nUse `dvc remove`/);
  assert.throws(() => checkOverlaps(inside), /^TowlineError: The output paths:\n'd'\('b\.dvc'\)\n'd\/e\/f'\('a\.dvc'\)\noverlap/);
});
