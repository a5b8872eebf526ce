import { append, edit, erase, files, folder, link, mode, move, write } from './changes.ts';
import type { Story } from './story.ts';

const DATA = { 'data/a': 'one\n', 'data/b': 'two\n', 'data/sub/c': 'three\n', 'data/sub/deep/d': 'four\n', 'data/twin': 'one\n' };

/** What people do every day with files and directories. */
export const dailyStories: readonly Story[] = [
  { name: 'a single file', isCore: true, steps: [write('foo', 'foo\n'), 'add foo', 'push', 'clone', 'bob: pull'] },
  { name: 'a directory in directories', isCore: true, steps: [files(DATA), 'add data', 'push', 'clone', 'bob: pull'] },
  { name: 'fetch and checkout instead of pull', steps: [files(DATA), 'add data', 'push', 'clone', 'bob: fetch', 'bob: checkout'] },
  { name: 'an empty file and an empty directory', isCore: true, steps: [files({ empty: '', 'half/empty': '', 'half/full': 'x' }), folder('nothing'), folder('nested/void'), 'add empty nothing half nested', 'push', 'clone', 'bob: pull'] },
  { name: 'an executable file', isCore: true, steps: [files({ 'run.sh': '#!/bin/sh\n', 'bin/tool': 'x', 'bin/data': 'y' }), mode('run.sh', 0o755), mode('bin/tool', 0o755), 'add run.sh bin', 'push', 'clone', 'bob: pull'] },
  { name: 'a file that becomes executable', steps: [write('run.sh', '#!/bin/sh\n'), 'add run.sh', mode('run.sh', 0o755), 'add run.sh', 'status', 'push', 'clone', 'bob: pull'] },
  { name: 'links to files', steps: [files({ 'real/one': '1', 'data/own': '2' }), link('data/alias', '../real/one'), link('single', 'real/one'), 'add data', 'add single', 'push', 'clone', 'bob: pull'] },
  { name: 'links to folders', steps: [files({ 'real/one': '1', 'real/sub/two': '2', 'data/own': '3' }), link('data/alias', '../real'), 'add data', 'push', 'clone', 'bob: pull'] },
  {
    name: 'a directory changes and is added again', isCore: true,
    steps: [files(DATA), 'add data', 'push', 'git save', write('data/a', 'changed\n'), write('data/new/file', 'new\n'), erase('data/b'), move('data/sub/c', 'data/sub/renamed'), 'status', 'add data', 'push', 'clone', 'bob: pull'],
  },
  { name: 'changes are committed', steps: [files({ ...DATA, foo: 'foo\n' }), 'add data foo', 'push', write('data/a', 'changed\n'), write('foo', 'bar\n'), 'commit -f', 'push', 'clone', 'bob: pull'] },
  { name: 'one of several changes is committed', steps: [files({ foo: '1', bar: '2' }), 'add foo bar', files({ foo: '11', bar: '22' }), 'commit -f foo.dvc', 'status', 'push'] },
  { name: 'a path inside a tracked directory is added', isCore: true, steps: [files(DATA), 'add data', write('data/a', 'changed\n'), write('data/sub/new', 'new\n'), 'add data/sub/new', 'add data/sub', 'status', 'push', 'clone', 'bob: pull'] },
  { name: 'a tracked file is removed', steps: [files({ foo: 'foo\n', bar: 'bar\n' }), 'add foo bar', 'push', 'remove foo.dvc', 'remove --outs bar.dvc', 'status'] },
  { name: 'Bob changes and Alice takes it', steps: [files(DATA), 'add data', 'push', 'clone', 'bob: pull', write('data/a', 'bob was here\n', 'bob'), erase('data/sub', 'bob'), 'bob: add data', 'bob: push', 'bob: git commit -qam bob', 'git pull -q --ff-only ../bob main', { run: ['pull'], worded: 'DVC counts the folders that go as files' }, 'status'] },
  { name: 'old data is checked out', steps: [files(DATA), 'add data', 'git save', 'git tag old', files({ 'data/a': 'changed\n', 'data/more': 'more\n' }), 'add data', 'git commit -qam new', 'git checkout -q old', 'checkout', 'git checkout -q main', { run: ['checkout', '--summary'] }] },
  { name: 'lost files come back', steps: [files({ ...DATA, foo: 'foo' }), erase('data/twin'), 'add data foo', erase('data/sub'), erase('foo'), 'status', 'checkout'] },
  { name: 'targets of push and pull', steps: [files({ ...DATA, foo: 'foo', bar: 'bar' }), 'add data foo bar', 'push foo', 'push data.dvc', 'clone', 'bob: pull data/sub', 'bob: pull foo', 'bob: fetch data/a'] },
  { name: 'patterns', steps: [files({ 'raw/1.csv': '1', 'raw/2.csv': '2', 'raw/3.txt': '3' }), { run: ['add', '--glob', 'raw/1*', 'raw/2.*'] }, { run: ['push', '--glob', 'raw/1*'] }, 'push -R raw', 'clone', 'bob: pull -R raw'] },
  { name: 'a second remote', steps: [files(DATA), 'add data', append('.dvc/config', `['remote "backup"']\n    url = TOP/backup\n`), edit('.dvc/config', (text) => text.replace('TOP/backup', '../../store/backup')), 'push -r backup', 'status -c -r backup', 'clone', 'bob: pull -r backup', 'bob: push'] },
  { name: 'a lost file is not committed', steps: [files({ foo: '1', bar: '2' }), 'add foo bar', erase('foo'), write('bar', '22'), { run: ['commit', '-f', 'foo.dvc'], ends: { dvc: 1, tow: 1 } }, 'checkout foo.dvc', 'commit -f', 'push'] },
  { name: 'files that are only hashed', steps: [files(DATA), 'add --no-commit data', 'commit', 'push'] },
  { name: 'a file and a directory change places', steps: [files({ x: 'file', 'y/z': 'folder' }), 'add x y', 'git save', 'git tag old', erase('x'), erase('y'), files({ 'x/z': 'folder', y: 'file' }), 'add x y', 'git commit -qam new', 'git checkout -q old', 'checkout', 'push'] },
  { name: 'comments and unknown words in a .dvc file stay', steps: [write('foo', 'foo\n'), 'add foo', edit('foo.dvc', (text) => `# mine\n${text.replace('path: foo', 'path: foo # the file\n  desc: it is foo # why')}meta:\n  k: [1, 2]\n`), write('foo', 'changed\n'), 'add foo', 'push', write('foo', 'again\n'), 'commit -f'] },
  { name: '.dvcignore', steps: [files({ ...DATA, 'data/skip.tmp': 'x', 'data/sub/skip.tmp': 'y' }), append('.dvcignore', '*.tmp\n'), 'add data', 'push', 'status', 'clone', 'bob: pull'] },
];

/** How files come to the workspace, and what may be done by whom. */
export const linkStories: readonly Story[] = (['hardlink', 'symlink', 'copy', 'hardlink,symlink'] as const).map((type): Story => ({
  name: `cache.type ${type}`,
  steps: [append('.dvc/config', `[cache]\n    type = ${type.includes(',') ? `"${type}"` : type}\n`), files({ ...DATA, foo: 'foo\n', empty: '' }), 'add data foo empty', 'push', 'status', 'clone', 'bob: pull', write('data/a', 'changed\n', 'bob'), 'bob: add data', 'bob: checkout --relink', 'bob: push'],
}));

export const settingStories: readonly Story[] = [
  { name: 'cache.shared group', steps: [append('.dvc/config', '[cache]\n    shared = group\n'), files({ ...DATA, foo: 'foo\n' }), 'add data foo', 'push', 'clone', 'bob: pull'] },
  { name: 'core.autostage', steps: [append('.dvc/config', '[cache]\n    type = copy\n'), edit('.dvc/config', (text) => text.replace('[core]', '[core]\n    autostage = true')), files(DATA), 'add data', 'push', 'remove data.dvc'] },
  {
    name: 'config written by one and read by the other', start: 'empty',
    steps: [{ run: ['init'], worded: "what comes next is said in each program's own way" }, 'remote add -d main ../store', 'remote add spare STORE/spare', 'remote modify spare jobs 3', 'remote modify --local main verify true', 'config cache.type copy', 'config core.autostage true', 'config -u core.autostage', 'remote list', 'remote rename spare second', 'remote default', 'config core.remote', write('foo', 'foo\n'), 'add foo', 'push -r second', 'push', 'remote remove second', 'clone', 'bob: remote list'],
  },
];

export const placeStories: readonly Story[] = [
  {
    name: 'a repository in a subdirectory', start: 'empty', below: 'project',
    steps: [{ run: ['init', '--subdir', '-q'] }, 'remote add -d store STORE', files({ ...DATA, 'sub/foo': 'foo\n' }), 'add data sub/foo', 'push', 'clone', 'bob: pull', { run: ['status'], on: 'bob', below: 'sub' }],
  },
  { name: 'without Git', start: 'bare', steps: ['init --no-scm -q', 'remote add -d store STORE', files(DATA), 'add data', 'push', erase('data'), erase('.dvc/cache'), 'pull', 'status'] },
  {
    name: 'from a subdirectory and with --cd', steps: [files({ ...DATA, 'data/twin': 'two and a half\n', 'sub/foo': 'foo\n', 'sub/dir/x': 'x\n' }), { run: ['add', 'foo', '../data'], below: 'sub' }, '--cd sub add dir', { run: ['push', 'foo.dvc'], below: 'sub' }, '--cd sub push', 'clone', { run: ['pull', 'foo'], on: 'bob', below: 'sub' }, { run: ['pull', '../data/sub'], on: 'bob', below: 'sub' }, { run: ['status'], on: 'bob', below: 'sub' }, { run: ['status', '-c'], on: 'bob', below: 'sub' }, { run: ['pull'], on: 'bob', worded: "DVC's 'status -c' has fetched a listing before, and counts one object less" }, 'bob: --cd sub checkout'],
  },
];
