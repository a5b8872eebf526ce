import assert from 'node:assert/strict';
import { appendFileSync, copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { VERSION } from '../../src/cli/version.ts';
import { keepsTimes } from '../../src/disk/stamp.ts';
import { isStillUpToDate } from '../../src/repo/up-to-date.ts';
import { builtProgram, projectFolder } from '../project.ts';
import { createSandbox, type Ended, type Sandbox } from '../servers/sandbox.ts';
import { tow } from '../servers/tow.ts';

const skip = keepsTimes(tmpdir()) ? false : 'the file system of the temporary folder is none whose times are believed';
const MEMORY = '.dvc/tmp/towline/state/up-to-date';
const UP_TO_DATE = 'Data and pipelines are up to date.\n';

interface Tracked {
  readonly sandbox: Sandbox;
  readonly folder: string;
  readonly status: (env?: Readonly<Record<string, string>>) => Promise<Ended>;
  /** Whether the next `tow status` would say so without looking further. */
  readonly isKnown: (env?: Readonly<Record<string, string>>, cwd?: string) => boolean;
}

/** A repository that has been found up to date, and where that is remembered. */
async function inTracked(work: (tracked: Tracked) => Promise<void>): Promise<void> {
  const sandbox = createSandbox('status-again');
  const folder = join(sandbox.folder, 'repo');
  const own = async (...args: readonly string[]): Promise<Ended> => {
    const ended = await tow(sandbox, args, { cwd: folder });
    assert.equal(ended.status, 0, ended.stderr);
    return ended;
  };
  try {
    for (const path of ['data/sub', 'data/empty', 'code']) mkdirSync(join(folder, path), { recursive: true });
    for (const [path, text] of [['data/a', 'one'], ['data/b', 'two'], ['data/sub/c', 'three'], ['model', 'weights'], ['params.yaml', 'rate: 1\n'], ['code/train.py', 'pass\n']] as const) writeFileSync(join(folder, path), text);
    await sandbox.git(['init', '-q', folder]);
    await own('init', '-q');
    await own('add', '-q', 'data', 'model');
    writeFileSync(join(folder, 'dvc.yaml'), 'stages:\n  train:\n    cmd: train\n    deps:\n    - code/train.py\n    - data\n    params:\n    - rate\n    outs:\n    - out\n');
    writeFileSync(join(folder, 'out'), 'result');
    await own('commit', '-q', '-f');
    const tracked: Tracked = {
      sandbox, folder,
      status: async (env = {}) => tow(sandbox, ['status'], { cwd: folder, env }),
      isKnown: (env = {}, cwd = folder) => isStillUpToDate({ cwd, env: { ...sandbox.env, ...env }, by: [builtProgram, VERSION, process.version, String(process.geteuid?.())] }),
    };
    // What changed a moment ago is not believed yet, and a look that has just remembered something else is not the last.
    for (let tries = 0; tries < 20 && !tracked.isKnown(); tries += 1) {
      await new Promise((resolve) => { setTimeout(resolve, 100); });
      assert.equal((await own('status')).stdout, UP_TO_DATE);
    }
    assert.ok(tracked.isKnown(), 'it is remembered');
    assert.equal((await own('status')).stdout, UP_TO_DATE);
    await work(tracked);
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
  'the listing of a folder goes from the cache': (folder) => { rmSync(`${objectOf(folder, 'data.dvc')}.dir`); },
  'a stage of DVC runs': (folder) => { writeFileSync(join(folder, '.dvc/tmp/rwlock'), JSON.stringify({ write: { [join(folder, 'data')]: { pid: process.pid, cmd: 'dvc repro' } }, read: {} })); },
  'somebody has taken the lock': (folder) => { writeFileSync(join(folder, '.dvc/tmp/lock'), ' 999999\n'); },
  'the memory is damaged': (folder) => { writeFileSync(join(folder, MEMORY), readFileSync(join(folder, MEMORY), 'utf8').replace('"paths"', '"path"')); },
  'the memory is cut off': (folder) => { writeFileSync(join(folder, MEMORY), readFileSync(join(folder, MEMORY), 'utf8').slice(0, -5)); },
  'what is remembered of files is gone': (folder) => { for (const { 1: state } of (JSON.parse(readFileSync(join(folder, MEMORY), 'utf8')) as { folders: [string, string][] }).folders) rmSync(state); },
};

describe('status after a status', { skip }, () => {
  for (const [what, change] of Object.entries(CHANGES)) {
    it(`looks at everything again when ${what}`, async () => {
      await inTracked(async ({ sandbox, folder, status, isKnown }) => {
        change(folder, sandbox);

        assert.ok(!isKnown());
        const { stdout, stderr, status: code } = await status();
        rmSync(join(folder, MEMORY), { force: true });
        assert.deepEqual({ stdout, stderr, code }, await status().then((whole) => ({ stdout: whole.stdout, stderr: whole.stderr, code: whole.status })));
      });
    });
  }

  it('is not known to who asks in another way', async () => {
    await inTracked(async ({ sandbox, folder, isKnown }) => {
      assert.ok(!isKnown({ DVC_GLOBAL_CONFIG_DIR: folder }));
      assert.ok(!isKnown({ HOME: folder }));
      assert.ok(!isKnown({}, join(folder, 'code')));
      assert.ok(!isKnown({}, sandbox.folder));
      assert.ok(isKnown({ SHLVL: '7' }));
    });
  });

  it('is known from a folder below, to who asks there', async () => {
    await inTracked(async ({ sandbox, folder, isKnown }) => {
      const cwd = join(folder, 'code');
      assert.equal((await tow(sandbox, ['status'], { cwd })).stdout, UP_TO_DATE);
      assert.ok(isKnown({}, cwd));
      assert.ok(!isKnown({}, join(cwd, 'deeper')));
    });
  });

  it('is not known where something is to be told every time', async () => {
    await inTracked(async ({ folder, status, isKnown }) => {
      writeFileSync(join(folder, 'dvc.yaml'), readFileSync(join(folder, 'dvc.yaml'), 'utf8').replace('    cmd: train\n', '    cmd: train\n    frozen: true\n'));
      for (let tries = 0; tries < 4; tries += 1) {
        await new Promise((resolve) => { setTimeout(resolve, 100); });
        assert.match((await status()).stderr, /frozen/);
      }
      assert.ok(!isKnown());
    });
  });

  it('was told by nothing but what it took note of', async () => {
    await inTracked(async ({ sandbox, folder, status }) => {
      const [hook, log] = [join(sandbox.folder, 'hook.cjs'), join(sandbox.folder, 'touched')];
      writeFileSync(hook, hookOf(log));
      rmSync(join(folder, MEMORY));
      assert.equal((await status({ NODE_OPTIONS: `--require ${hook}` })).stdout, UP_TO_DATE);
      assert.ok(existsSync(join(folder, MEMORY)), 'it is remembered again');
      const { paths } = JSON.parse(readFileSync(join(folder, MEMORY), 'utf8')) as { readonly paths: readonly (readonly [string])[] };
      const noted = new Set(paths.map(([path]) => path));
      const own = [projectFolder, join(sandbox.home, '.cache'), join(folder, '.dvc/tmp/towline/state'), join(folder, 'data/'), hook, log, '/dev/null'];
      const touched = new Set(readFileSync(log, 'utf8').split('\n').filter((path) => path !== '' && !path.endsWith(`/${MEMORY}`) && !own.some((one) => path.startsWith(one))));

      assert.ok(touched.size > 20, `${touched.size} paths`);
      assert.deepEqual([...touched].filter((path) => !noted.has(path)), []);
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
