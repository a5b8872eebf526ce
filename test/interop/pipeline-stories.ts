import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { append, edit, files, write } from './changes.ts';
import type { Change, Story } from './story.ts';

const md5 = (content: string | Uint8Array): string => createHash('md5').update(content).digest('hex');

const OUTPUTS = { 'model.bin': 'model', 'local.bin': 'stays here', 'pinned.bin': 'elsewhere', 'metrics.json': '{"a": 1}\n', 'plot.csv': 'x,y\n1,2\n' };
const entry = (path: keyof typeof OUTPUTS): string => `    - path: ${path}\n      hash: md5\n      md5: ${md5(OUTPUTS[path])}\n      size: ${Buffer.byteLength(OUTPUTS[path])}\n`;

const DVC_YAML = `# how it is made
stages:
  train:
    cmd: make model
    deps:
    - input.txt
    outs:
    - local.bin:
        push: false
    - model.bin
    - pinned.bin:
        remote: second
    metrics:
    - metrics.json:
        cache: false
    plots:
    - plot.csv
`;
const DVC_LOCK = `schema: '2.0'
stages:
  train:
    cmd: make model
    deps:
    - path: input.txt
      hash: md5
      md5: ${md5('input\n')}
      size: 6
    outs:
${entry('local.bin')}${entry('metrics.json')}${entry('model.bin')}${entry('pinned.bin')}${entry('plot.csv')}`;

const pipeline: Change = files({ 'dvc.yaml': DVC_YAML, 'dvc.lock': DVC_LOCK, 'input.txt': 'input\n', ...OUTPUTS });
const ignoreOutputs = append('.gitignore', '/local.bin\n/model.bin\n/pinned.bin\n/plot.csv\n');
const second = append('.dvc/config', `['remote "second"']\n    url = ../../second\n`);
const noModel = { ends: { dvc: 1, tow: 1 }, worded: 'what cannot be had is worded differently' };

/** Outputs of pipelines, which `tow` reads and never makes. */
export const pipelineStories: readonly Story[] = [
  {
    name: 'outputs of a pipeline', isCore: true,
    steps: [pipeline, ignoreOutputs, second, 'commit', 'push', 'status', 'clone', { run: ['pull', 'model.bin', 'pinned.bin'], on: 'bob' }, { run: ['pull', 'train'], on: 'bob', ...noModel }, 'bob: pull --allow-missing', 'bob: push'],
  },
  { name: 'one remote is named and others are pinned', steps: [pipeline, ignoreOutputs, second, 'commit', 'push -r second', 'push -r store', 'clone', 'bob: fetch -r store model.bin', { run: ['fetch', 'pinned.bin'], on: 'bob' }] },
  { name: 'an input of a pipeline changes', steps: [pipeline, ignoreOutputs, second, 'commit', 'push', write('input.txt', 'other\n'), 'status', write('model.bin', 'retrained'), 'status', edit('dvc.yaml', (text) => text.replace('make model', 'make better')), 'status'] },
];

/** Commits besides the one in the workspace. */
export const historyStories: readonly Story[] = [
  {
    name: 'branches and tags',
    steps: [
      files({ 'data/a': '1', 'data/b': '1' }), 'add data', 'git save', 'git tag v1', write('data/a', '2'), 'add data', 'git save', 'git checkout -q -b side', write('data/a', '3'), 'add data', 'git save', 'git checkout -q main', 'checkout',
      write('data/a', '4'), 'add data', 'git save', 'push -T', 'push -a', 'push -A', 'clone', 'bob: fetch -T', 'bob: fetch -A', 'bob: checkout', 'bob: status -c -A', 'bob: git checkout -q v1', 'bob: checkout',
    ],
  },
];

/** A repository as DVC 2 left it: no `hash:` key, line ends of text not counted, objects right at the root. */
export const legacy: Change = {
  change(root) {
    const text = 'first\r\nsecond\r\n';
    const asStored = text.replaceAll('\r\n', '\n');
    const binary = '\0\r\n\0\r\n';
    const listing = `[{"md5": "${md5(asStored)}", "relpath": "crlf.txt"}, {"md5": "${md5('plain\n')}", "relpath": "sub/plain.txt"}]`;
    const put = (path: string, content: string): void => {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), content);
    };
    const store = (oid: string, content: string): void => {
      put(`.dvc/cache/${oid.slice(0, 2)}/${oid.slice(2)}`, content);
      chmodSync(join(root, `.dvc/cache/${oid.slice(0, 2)}/${oid.slice(2)}`), 0o444);
    };
    for (const [path, content] of [['note.txt', text], ['raw.bin', binary], ['data/crlf.txt', text], ['data/sub/plain.txt', 'plain\n']] as const) put(path, content);
    // The object keeps its bytes; only its name is the digest without carriage returns.
    store(md5(asStored), text);
    store(md5(binary), binary);
    store(md5('plain\n'), 'plain\n');
    store(`${md5(listing)}.dir`, listing);
    put('note.txt.dvc', `outs:\n- md5: ${md5(asStored)}\n  size: ${text.length}\n  path: note.txt\n`);
    put('raw.bin.dvc', `outs:\n- md5: ${md5(binary)}\n  size: ${binary.length}\n  path: raw.bin\n`);
    put('data.dvc', `outs:\n- md5: ${md5(listing)}.dir\n  size: ${text.length + 6}\n  nfiles: 2\n  path: data\n`);
    put('.gitignore', '/note.txt\n/raw.bin\n/data\n');
  },
};

export const legacyStories: readonly Story[] = [
  { name: 'a repository of DVC 2 is pushed and pulled', isCore: true, steps: [legacy, 'status', 'push', 'status -c', 'clone', 'bob: pull', 'bob: status'] },
  { name: 'data of DVC 2 is added anew', without: { path: /^93(\/|$)/, reason: 'to compare, DVC 3 also makes the listing that DVC 2 would have made, and leaves it in the cache' }, steps: [legacy, write('note.txt', 'third\r\n'), 'status', 'add note.txt', write('data/new', 'new\r\n'), 'add data', 'push', 'clone', 'bob: pull', 'bob: status'] },
  { name: 'data of DVC 2 is committed', steps: [legacy, write('note.txt', 'third\r\n'), 'commit -f note.txt.dvc', 'commit', 'push', 'status'] },
];
