import assert from 'node:assert/strict';
import { appendFileSync, copyFileSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { VERSION } from '../../src/cli/version.ts';
import { keepsTimes } from '../../src/disk/stamp.ts';
import { isRunning } from '../../src/cli/is-running.ts';
import { isRepeatable } from '../../src/cli/repeatable.ts';
import { saidBefore } from '../../src/repo/said-before.ts';
import { builtProgram, projectFolder } from '../project.ts';
import { createSandbox, type Ended, type Sandbox } from '../servers/sandbox.ts';
import { tow } from '../servers/tow.ts';

const skip = [tmpdir(), projectFolder].every(keepsTimes) ? false : 'the file system of the temporary folder, or of the program, is none whose times are believed';
const STATE = '.dvc/tmp/towline/state';
const MEMORY = `${STATE}/said-status`;
const UP_TO_DATE = 'Data and pipelines are up to date.\n';
const COMMANDS = ['status', 'status -c', 'push', 'push -r store', 'pull', 'fetch', 'checkout'];

interface Tracked {
  readonly sandbox: Sandbox;
  readonly folder: string;
  readonly own: (words: string, env?: Readonly<Record<string, string>>) => Promise<Ended>;
  /** What the next command of these words would say without looking further. */
  readonly known: (words: string, asked?: { readonly env?: Readonly<Record<string, string>>; readonly cwd?: string }) => string | undefined;
}

/** A repository in which nothing is to be done, where each of `commands` has said so and that is remembered. */
async function inTracked(work: (tracked: Tracked) => Promise<void>, commands: readonly string[] = COMMANDS): Promise<void> {
  const sandbox = createSandbox('said-again');
  const folder = join(sandbox.folder, 'repo');
  const own: Tracked['own'] = async (words, env = {}) => tow(sandbox, words.split(' '), { cwd: folder, env });
  const must = async (words: string): Promise<string> => {
    const { status, stdout, stderr } = await own(words);
    assert.equal(status, 0, stderr);
    return stdout;
  };
  try {
    for (const path of ['data/sub', 'data/empty', 'code']) mkdirSync(join(folder, path), { recursive: true });
    for (const [path, text] of [['data/a', 'one'], ['data/b', 'two'], ['data/sub/c', 'three'], ['model', 'weights'], ['params.yaml', 'rate: 1\n'], ['code/train.py', 'pass\n']] as const) writeFileSync(join(folder, path), text);
    await sandbox.git(['init', '-q', folder]);
    symlinkSync('nowhere', join(folder, 'code/dangling'));
    symlinkSync('nowhere', join(folder, '.gitignore-of-nobody'));
    await must('init -q');
    await must('add -q data model');
    writeFileSync(join(folder, 'dvc.yaml'), 'stages:\n  train:\n    cmd: train\n    deps:\n    - code/train.py\n    - data\n    params:\n    - rate\n    outs:\n    - out\n');
    writeFileSync(join(folder, 'out'), 'result');
    await must('commit -q -f');
    await must('remote add -q -d store ../store');
    await must('push -q');
    const by = [builtProgram, VERSION, process.version, String(process.geteuid?.())];
    const known: Tracked['known'] = (words, { env = {}, cwd = folder } = {}) => saidBefore({ words: words.split(' '), cwd, env: { ...sandbox.env, ...env }, by }, isRunning);
    // What changed a moment ago is not believed yet, and a look that has just remembered something else is not the last.
    for (let tries = 0; tries < 30 && commands.some((words) => known(words) === undefined); tries += 1) {
      await new Promise((resolve) => { setTimeout(resolve, 100); });
      for (const words of commands) if (known(words) === undefined) await must(words);
    }
    for (const words of commands) assert.equal(known(words), await must(words), words);
    await work({ sandbox, folder, own, known });
  } finally {
    sandbox.remove();
  }
}

/** Replaces a file by one that a look at size and time cannot tell from it. */
function replaceAlike(path: string, text: string): void {
  const { mtimeMs } = statSync(path);
  writeFileSync(`${path}.new`, text);
  utimesSync(`${path}.new`, mtimeMs / 1000, mtimeMs / 1000);
  renameSync(`${path}.new`, path);
}

function editAlike(path: string, from: string, to: string): void {
  const [{ mtimeMs }, text] = [statSync(path), readFileSync(path, 'utf8')];
  assert.ok(text.includes(from) && from.length === to.length);
  writeFileSync(path, text.replace(from, to));
  utimesSync(path, mtimeMs / 1000, mtimeMs / 1000);
}

const objectOf = (folder: string, file: string): string => {
  const md5 = /md5: (\w+)/.exec(readFileSync(join(folder, file), 'utf8'))?.[1] ?? '';
  return join(folder, '.dvc/cache/files/md5', md5.slice(0, 2), md5.slice(2));
};

/** Each is seen by `status`; those that no other command need see are none of theirs. */
const CHANGES: Readonly<Record<string, (folder: string, sandbox: Sandbox) => void>> = {
  'a file of a tracked folder is written anew': (folder) => { writeFileSync(join(folder, 'data/a'), 'ONE!'); },
  'a file of a tracked folder is replaced by one of its size and time': (folder) => { replaceAlike(join(folder, 'data/a'), 'ONE'); },
  'a file comes into a tracked folder': (folder) => { writeFileSync(join(folder, 'data/sub/d'), 'four'); },
  'a file comes into an empty folder of a tracked one': (folder) => { writeFileSync(join(folder, 'data/empty/e'), 'five'); },
  'a file of a tracked folder goes': (folder) => { rmSync(join(folder, 'data/b')); },
  'a file of a tracked folder gets another name': (folder) => { renameSync(join(folder, 'data/a'), join(folder, 'data/z')); },
  'a file of a tracked folder becomes a link': (folder) => { renameSync(join(folder, 'data/a'), join(folder, 'a')); symlinkSync('../a', join(folder, 'data/a')); },
  'a tracked folder is exchanged': (folder) => { renameSync(join(folder, 'data'), join(folder, 'old')); mkdirSync(join(folder, 'data')); for (const name of ['a', 'b']) copyFileSync(join(folder, 'old', name), join(folder, 'data', name)); },
  'a tracked file goes': (folder) => { rmSync(join(folder, 'model')); },
  'a tracked file is edited': (folder) => { writeFileSync(join(folder, 'model'), 'WEIGHTS and more'); },
  'a .dvc file is edited and has its old time': (folder) => { editAlike(join(folder, 'model.dvc'), 'size: 7', 'size: 8'); },
  'a .dvc file comes': (folder) => { mkdirSync(join(folder, 'code/deep')); writeFileSync(join(folder, 'code/deep/x.dvc'), 'outs:\n- md5: 9a8ad92c50cae39aa2c5604fd0ab6d8c\n  size: 2\n  path: x\n'); },
  'a dvc.yaml comes beside code': (folder) => { writeFileSync(join(folder, 'code/dvc.yaml'), 'stages:\n  s:\n    cmd: x\n    outs:\n    - y\n'); },
  'a parameter is changed': (folder) => { writeFileSync(join(folder, 'params.yaml'), 'rate: 2\n'); },
  'dvc.lock is edited': (folder) => { editAlike(join(folder, 'dvc.lock'), 'rate: 1', 'rate: 3'); },
  'what a stage reads is edited': (folder) => { appendFileSync(join(folder, 'code/train.py'), '# more\n'); },
  'what a stage makes goes': (folder) => { rmSync(join(folder, 'out')); },
  'an ignore file comes': (folder) => { writeFileSync(join(folder, 'code/.dvcignore'), '*.py\n'); },
  'the ignore file of the repository is edited': (folder) => { appendFileSync(join(folder, '.dvcignore'), '/code\n'); },
  'an ignore file comes into a tracked folder': (folder) => { writeFileSync(join(folder, 'data/.dvcignore'), 'a\n'); },
  'the configuration names another cache': (folder) => { appendFileSync(join(folder, '.dvc/config'), '[cache]\n    dir = elsewhere\n'); },
  'a local configuration comes': (folder) => { writeFileSync(join(folder, '.dvc/config.local'), '[cache]\n    dir = elsewhere\n'); },
  'a configuration of the user comes': (_, { home }) => { mkdirSync(join(home, '.config/dvc')); writeFileSync(join(home, '.config/dvc/config'), '[cache]\n    dir = elsewhere\n'); },
  'the configuration is none any more': (folder) => { writeFileSync(join(folder, '.dvc/config'), '[core\n'); },
  'an object goes from the cache': (folder) => { rmSync(objectOf(folder, 'model.dvc')); },
  'all objects of the cache go': (folder) => { rmSync(join(folder, '.dvc/cache'), { recursive: true }); },
  'the listing of a folder goes from the cache': (folder) => { rmSync(`${objectOf(folder, 'data.dvc')}.dir`); },
  'a stage of DVC runs': (folder) => { writeFileSync(join(folder, '.dvc/tmp/rwlock'), JSON.stringify({ write: { [join(folder, 'data')]: { pid: process.pid, cmd: 'dvc repro' } }, read: {} })); },
  'somebody who lives has taken the lock': (folder) => { writeFileSync(join(folder, '.dvc/tmp/lock'), ` ${process.pid}\n`); },
  'the memory is damaged': (folder) => { for (const path of memoriesIn(folder)) writeFileSync(path, readFileSync(path, 'utf8').replace('"paths"', '"path"')); },
  'the memory would say what is none of its business': (folder) => { for (const path of memoriesIn(folder)) writeFileSync(path, readFileSync(path, 'utf8').replace('"text":"', '"text":"\\u001b]0;title\\u0007')); },
  'the memory is cut off': (folder) => { for (const path of memoriesIn(folder)) writeFileSync(path, readFileSync(path, 'utf8').slice(0, -5)); },
  'what is remembered of files is gone': (folder) => { for (const { 1: state } of (JSON.parse(readFileSync(join(folder, MEMORY), 'utf8')) as { folders: [string, string][] }).folders) rmSync(state); },
};

/** Not seen by `status`, which asks no remote. */
const AFAR: Readonly<Record<string, (folder: string, sandbox: Sandbox) => void>> = {
  'an object goes from the remote': (folder) => { rmSync(objectOf(folder, 'model.dvc').replace(join(folder, '.dvc/cache'), join(folder, '../store'))); },
  'an object of the remote becomes shorter': (folder) => { replaceAlike(objectOf(folder, 'model.dvc').replace(join(folder, '.dvc/cache'), join(folder, '../store')), 'wei'); },
  'the remote is gone': (folder) => { rmSync(join(folder, '../store'), { recursive: true }); },
  'the remote lies elsewhere': (folder) => { writeFileSync(join(folder, '.dvc/config'), readFileSync(join(folder, '.dvc/config'), 'utf8').replace('../store', '../stor2')); },
};

const memoriesIn = (folder: string): readonly string[] => readdirSync(join(folder, STATE)).filter((name) => name.startsWith('said-')).map((name) => join(folder, STATE, name));

/** What every command says that needs not look is what it says when it looks. */
async function checkClaims({ folder, own, known }: Tracked): Promise<void> {
  for (const words of COMMANDS) {
    const said = known(words);
    if (said === undefined) continue;
    for (const path of memoriesIn(folder)) rmSync(path);
    const { status, stdout, stderr } = await own(words);
    assert.deepEqual({ words, status, stdout, stderr }, { words, status: 0, stdout: said, stderr: '' });
  }
}

describe('a command that found nothing to do, when it is given again', { skip }, () => {
  for (const [what, change] of Object.entries(CHANGES)) {
    it(`looks at everything again when ${what}`, async () => {
      await inTracked(async (tracked) => {
        const { sandbox, folder, own, known } = tracked;
        change(folder, sandbox);

        assert.equal(known('status'), undefined);
        const { stdout, stderr, status } = await own('status');
        for (const path of memoriesIn(folder)) if (path.endsWith('-status')) rmSync(path);
        assert.deepEqual({ stdout, stderr, status }, await own('status').then((whole) => ({ stdout: whole.stdout, stderr: whole.stderr, status: whole.status })));
        await checkClaims(tracked);
      }, ['push', 'pull', 'status']);
    });
  }

  for (const [what, change] of Object.entries(AFAR)) {
    it(`looks at the remote again when ${what}`, async () => {
      await inTracked(async (tracked) => {
        change(tracked.folder, tracked.sandbox);

        assert.deepEqual([tracked.known('push'), tracked.known('status -c')], [undefined, undefined]);
        await checkClaims(tracked);
      }, ['push', 'pull', 'status -c']);
    });
  }

  it('brings back what is gone', async () => {
    await inTracked(async ({ folder, own, known }) => {
      const object = objectOf(folder, 'model.dvc');
      for (const [words, path] of [['fetch', object], ['checkout', join(folder, 'data/b')], ['pull', join(folder, 'model')], ['push', object.replace(join(folder, '.dvc/cache'), join(folder, '../store'))]] as const) {
        const text = readFileSync(path, 'utf8');
        rmSync(path);
        assert.equal(known(words), undefined, words);

        assert.equal((await own(words)).status, 0);
        assert.equal(readFileSync(path, 'utf8'), text);
      }
    });
  });

  it('is remembered of what is given alone, or with a remote', () => {
    for (const words of [...COMMANDS, 'status --cloud -r my.store-2', 'pull --remote store']) assert.ok(isRepeatable(words.split(' ')), words);
    for (const words of ['', 'add', 'status -q', 'status data', 'push -r', 'push -r s3://b/p', 'push -r ../store', 'push -r a -r b', 'checkout -r store', 'checkout --force', 'pull --force', 'push --dry', 'status -v', 'data status', '--cd x status', 'status -c\nx']) assert.ok(!isRepeatable(words.split(' ')), words);
  });

  it('is not known to who asks in another way', async () => {
    await inTracked(async ({ sandbox, folder, known }) => {
      for (const words of COMMANDS) {
        for (const asked of [{ env: { DVC_GLOBAL_CONFIG_DIR: folder } }, { env: { HOME: folder } }, { cwd: join(folder, 'code') }, { cwd: sandbox.folder }]) assert.equal(known(words, asked), undefined, words);
      }
      for (const words of ['push', 'status -c']) assert.equal(known(words, { env: { TOW_REMOTE_STORE_URL: '../other' } }), undefined, words);
      assert.equal(known('status', { env: { SHLVL: '7' } }), UP_TO_DATE);
    });
  });

  it('is known from a folder below, to who asks there', async () => {
    await inTracked(async ({ sandbox, folder, known }) => {
      const cwd = join(folder, 'code');
      assert.equal((await tow(sandbox, ['status'], { cwd })).stdout, UP_TO_DATE);
      assert.equal(known('status', { cwd }), UP_TO_DATE);
      assert.equal(known('status', { cwd: join(cwd, 'deeper') }), undefined);
    });
  });

  it('is not known where something is to be told every time', async () => {
    await inTracked(async ({ folder, own, known }) => {
      writeFileSync(join(folder, 'dvc.yaml'), readFileSync(join(folder, 'dvc.yaml'), 'utf8').replace('    cmd: train\n', '    cmd: train\n    frozen: true\n'));
      for (let tries = 0; tries < 4; tries += 1) {
        await new Promise((resolve) => { setTimeout(resolve, 100); });
        assert.match((await own('status')).stderr, /frozen/);
      }
      assert.equal(known('status'), undefined);
    });
  });

  it('was told by nothing but what it took note of', async () => {
    await inTracked(async ({ sandbox, folder, own, known }) => {
      const [hook, log] = [join(sandbox.folder, 'hook.cjs'), join(sandbox.folder, 'touched')];
      writeFileSync(hook, hookOf(log));
      for (const words of COMMANDS) {
        const memory = join(folder, STATE, `said-${words.replaceAll(' ', '-')}`);
        rmSync(memory);
        rmSync(log, { force: true });
        const { stdout } = await own(words, { NODE_OPTIONS: `--require ${hook}` });
        assert.equal(known(words, { env: { NODE_OPTIONS: `--require ${hook}` } }), stdout, words);
        const { paths } = JSON.parse(readFileSync(memory, 'utf8')) as { readonly paths: readonly (readonly [string])[] };
        const noted = new Set(paths.map(([path]) => path));
        const passed = [projectFolder, join(sandbox.home, '.cache'), join(folder, STATE), join(folder, '.dvc/tmp/lock'), join(folder, '.dvc/tmp/towline/workspace.lock'), join(folder, 'data/'), hook, log, '/dev/null'];
        const touched = new Set(readFileSync(log, 'utf8').split('\n').filter((path) => path !== '' && !path.includes(`/${STATE}/said-`) && !passed.some((one) => path.startsWith(one))));

        assert.ok(touched.size > 15, `${words}: ${touched.size} paths`);
        assert.deepEqual([...touched].filter((path) => !noted.has(path)), [], words);
      }
    });
  });
});

/** Writes down every path that Node is asked for, by whichever call that reads. */
const hookOf = (log: string): string => `
const fs = require('node:fs');
const touched = new Set();
const { appendFileSync } = fs;
for (const home of [fs, fs.promises]) for (const name of ['access', 'exists', 'lstat', 'open', 'opendir', 'readFile', 'readdir', 'readlink', 'realpath', 'stat', 'statfs']) for (const key of [name, name + 'Sync']) {
  const call = home[key];
  if (typeof call === 'function') home[key] = Object.assign(function (path, ...rest) { if (typeof path === 'string') touched.add(path); return call.call(this, path, ...rest); }, call);
}
require('node:module').syncBuiltinESMExports();
process.on('exit', () => appendFileSync(${JSON.stringify(log)}, [...touched].join('\\n')));
`;
