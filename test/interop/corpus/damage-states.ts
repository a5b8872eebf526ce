import { createHash } from 'node:crypto';
import { chmodSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { append, edit, erase, files, write } from '../changes.ts';
import type { Change } from '../story.ts';
import { DATA, KEPT } from './data-states.ts';
import type { State } from './state.ts';

const md5 = (content: string): string => createHash('md5').update(content).digest('hex');
const keyOf = (content: string): string => `files/md5/${md5(content).slice(0, 2)}/${md5(content).slice(2)}`;
const CACHE = '.dvc/cache';

/** Removes what matches from a cache or a remote. */
const lose = (where: string, which: RegExp): Change => ({
  change: (root) => {
    const found = readdirSync(join(root, where), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile() && which.test(entry.name));
    if (found.length === 0) throw new Error(`nothing to lose in ${where}`);
    for (const { parentPath, name } of found) rmSync(join(parentPath, name));
  },
});
/** Other bytes under the same name; `bits` tell whether DVC trusts it. */
const spoil = (path: string, bits: number): Change => ({
  change: (root) => {
    chmodSync(join(root, path), 0o644);
    writeFileSync(join(root, path), 'spoilt');
    chmodSync(join(root, path), bits);
  },
});

/** What is missing, broken or half done. */
export const damageStates: readonly State[] = [
  { name: 'an object is missing in the cache', steps: [...KEPT, erase(`${CACHE}/${keyOf('two\n')}`)], asks: ['checkout data', 'add data', 'fetch data', 'data status', 'data status --json', 'gc -w -c -f', 'status -c'] },
  { name: 'a listing is missing in the cache', steps: [...KEPT, lose(CACHE, /\.dir$/)], asks: ['checkout data', 'push data', 'data status', 'add data', 'pull data', 'diff'] },
  { name: 'the cache is empty', steps: [...KEPT, erase(CACHE)], asks: ['checkout foo', 'push foo', 'data status', 'add foo', 'pull foo', 'checkout --allow-missing', 'diff'] },
  { name: 'nothing but a clone', steps: [...KEPT, 'clone'], where: 'bob', asks: ['pull foo', 'pull data/sub', 'fetch data/a', 'checkout foo', 'pull --allow-missing', 'data status', 'add data', 'commit', 'push foo', 'list .', 'get . foo -o bar', 'list . --json', 'data status --not-in-remote --json', 'checkout --allow-missing', 'pull -r absent', 'fetch --max-size 4', 'status -c', 'diff', 'pull absent'] },
  { name: 'a clone that has fetched a part', steps: [...KEPT, 'clone', 'bob: fetch data/sub'], where: 'bob', asks: ['checkout data/sub', 'pull data', 'push data', 'checkout data'] },
  { name: 'a clone that has pulled a part', steps: [...KEPT, 'clone', 'bob: pull data/sub'], where: 'bob', asks: ['checkout data', 'add data', 'data status', 'push data/sub', 'diff'] },
  { name: 'a clone that has fetched all', steps: [...KEPT, 'clone', 'bob: fetch'], where: 'bob', asks: ['checkout --summary', 'data status', 'checkout data/sub/c'] },
  { name: 'a clone that has pulled all', steps: [...KEPT, 'clone', 'bob: pull'], where: 'bob', asks: ['data status', 'remove foo.dvc', 'install'] },
  { name: 'a file is in the way', steps: [...KEPT, 'clone', { at: 'bob', change: files({ foo: 'mine\n', 'data/a': 'mine\n', 'data/mine': 'x' }) }], where: 'bob', asks: ['pull -f', 'checkout -f', 'pull foo', 'data status'] },
  { name: 'the right files are there already', steps: [...KEPT, 'clone', { at: 'bob', change: files({ foo: 'foo\n', 'data/a': 'one\n' }) }], where: 'bob', asks: ['pull foo', 'commit -f foo.dvc', 'add foo'] },
  { name: 'a spoilt object in the cache', steps: [...KEPT, spoil(`${CACHE}/${keyOf('two\n')}`, 0o644)], asks: ['checkout data', 'add data', 'checkout --relink'] },
  { name: 'a spoilt listing in the cache', steps: [...KEPT, { change: (root) => { for (const { parentPath, name } of readdirSync(join(root, CACHE), { recursive: true, withFileTypes: true }).filter((entry) => entry.name.endsWith('.dir'))) spoil(join(parentPath, name).slice(root.length + 1), 0o644).change(root); } }], asks: ['add data'] },
  { name: 'a spoilt object on the remote', steps: [...KEPT, spoil(`../store/${keyOf('two\n')}`, 0o644), 'clone'], where: 'bob', asks: ['pull foo', 'pull data'] },
  { name: 'an object is missing on the remote', steps: [...KEPT, erase(`../store/${keyOf('two\n')}`)], asks: ['push data/b', 'data status --not-in-remote --json', 'status -c'] },
  { name: 'an object is missing on the remote, seen by a clone', steps: [...KEPT, erase(`../store/${keyOf('two\n')}`), 'clone'], where: 'bob', asks: ['pull foo', 'pull data/sub', 'pull --allow-missing', 'fetch data/b'] },
  { name: 'a listing is missing on the remote', steps: [...KEPT, lose('../store', /\.dir$/)], asks: ['push data/b', 'status -c'] },
  { name: 'a listing is missing on the remote, seen by a clone', steps: [...KEPT, lose('../store', /\.dir$/), 'clone'], where: 'bob', asks: ['pull foo', 'pull --allow-missing'] },
  { name: 'an object is nowhere', steps: [...KEPT, erase(`${CACHE}/${keyOf('foo\n')}`), erase(`../store/${keyOf('foo\n')}`), erase('foo')], asks: ['checkout foo', 'checkout --allow-missing', 'pull --allow-missing', 'push foo', 'data status'] },
  { name: 'never pushed', steps: [files({ ...DATA, foo: 'foo\n' }), 'add data foo', 'save'], asks: ['push foo', 'push data/sub', 'push --no-run-cache', 'status -c', 'status -c foo.dvc', 'data status --not-in-remote', 'gc -w --not-in-remote --dry', 'gc -w -c -f', 'push -j 1', 'push -R .', 'push -d foo.dvc'] },
  { name: 'pushed by nobody, seen by a clone', steps: [files({ ...DATA, foo: 'foo\n' }), 'add data foo', 'save', 'clone'], where: 'bob', asks: ['status -c', 'pull foo', 'pull --allow-missing'] },
  { name: 'a config with a line that is none', steps: [...KEPT, append('.dvc/config', 'nonsense\n')], asks: ['remote list', 'config -l', 'config core.remote', 'root', 'add foo', 'config core.autostage true'] },
  { name: 'a config with an unknown key', steps: [...KEPT, append('.dvc/config', '    nonsense = 1\n')], asks: ['remote list', 'config -l', 'config core.remote', 'root', 'add foo', 'remote modify store --unset nonsense'] },
  { name: 'a config with an unknown section', steps: [...KEPT, append('.dvc/config', '[nonsense]\n    key = 1\n')], asks: ['remote list', 'add foo'] },
  { name: 'a config with a wrong value', steps: [...KEPT, append('.dvc/config', '    jobs = many\n')], asks: ['remote list', 'config remote.store.jobs 3', 'add foo'] },
  { name: 'a config whose remote is not there', steps: [...KEPT, 'config core.remote absent'], asks: ['remote list', 'remote default', 'push -r store', 'push -r absent'] },
  { name: 'a file that is no YAML', steps: [...KEPT, write('bad.dvc', 'outs: [\n')], asks: ['add foo', 'status foo.dvc', 'push foo', 'remove bad.dvc', 'checkout foo'] },
  { name: 'a file with an unknown key', steps: [...KEPT, edit('foo.dvc', (text) => `${text}nonsense: 1\n`)], asks: ['add foo', 'status foo.dvc', 'push data', 'remove foo.dvc'] },
  { name: 'an empty dvc file', steps: [...KEPT, write('bad.dvc', '')], asks: ['status bad.dvc', 'remove bad.dvc'] },
  { name: 'a file with a conflict of Git', steps: [...KEPT, edit('foo.dvc', (text) => `<<<<<<< HEAD\n${text}=======\n${text}>>>>>>> other\n`)], asks: ['add foo', 'status foo.dvc', 'checkout data'] },
  { name: 'a file with a hash that is none', steps: [...KEPT, edit('foo.dvc', (text) => text.replace(/md5: \w+/, 'md5: xy'))], asks: ['checkout foo', 'add foo', 'pull foo'] },
  { name: 'two files for one output', steps: [...KEPT, { change: (root) => { writeFileSync(join(root, 'more.dvc'), 'outs:\n- md5: d3b07384d113edec49eaa6238ad5ff00\n  size: 4\n  hash: md5\n  path: foo\n'); } }], asks: ['add foo', 'checkout foo', 'remove more.dvc'] },
  { name: 'a file that Git ignores', steps: [...KEPT, append('.gitignore', 'hidden.dvc\n'), files({ hidden: 'x' })], asks: ['add hidden'] },
];
