import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import ts from 'typescript';
import { codeBlocks } from './code-blocks.ts';
import { projectFolder } from '../project.ts';
import { createSandbox } from '../servers/sandbox.ts';
import { tow } from '../servers/tow.ts';

const sandbox = createSandbox('package');
after(() => sandbox.remove());
mkdirSync(join(sandbox.folder, 'node_modules'));
symlinkSync(projectFolder, join(sandbox.folder, 'node_modules/towline'));
symlinkSync(join(projectFolder, 'node_modules/@types'), join(sandbox.folder, 'node_modules/@types'));

/** What a program must find behind each subpath. */
const SURFACE: Readonly<Record<string, readonly string[]>> = {
  'towline': ['Storage', 'TowlineError', 'drivers', 'fetch', 'findRemote', 'findUrl', 'hasCode', 'lendProcess', 'loadConfig', 'openRemote', 'openRepo', 'push', 'transfer'],
  'towline/storage': ['Storage', 'applyLayers', 'defineDriver', 'fromBytes', 'parsePath', 'standardLayers', 'transfer'],
  'towline/repo': ['add', 'checkout', 'commit', 'dataStatus', 'fetch', 'findRoot', 'init', 'lockRepo', 'openRepo', 'push', 'remove', 'status', 'statusCloud'],
  'towline/clearml': ['createStorageManager', 'loadClearmlConfig', 'parseClearmlConfig', 'parseHocon'],
  'towline/pods': ['MERGE_STRATEGIES', 'diffStates', 'inspectState', 'loadPod', 'openHolder', 'openLocalStack', 'openPods', 'savePod'],
  'towline/oci': ['digestOf', 'openImageLayout', 'openRegistryStore', 'parseReference'],
  'towline/testing': ['cases', 'runCases'],
  'towline/drivers/local': ['local'],
  'towline/drivers/memory': ['memory'],
  'towline/drivers/azure': ['azure'],
  'towline/drivers/gs': ['gs'],
  'towline/drivers/s3': ['s3'],
  'towline/drivers/ssh': ['ssh'],
  'towline/drivers/http': ['http'],
};

async function namesOf(subpath: string): Promise<readonly string[]> {
  const ended = await sandbox.run(process.execPath, ['--input-type=module', '-e', `console.log(Object.keys(await import('${subpath}')).join(' '))`]);
  assert.equal(ended.status, 0, ended.stderr);
  return ended.stdout.trim().split(' ');
}

describe('the package', () => {
  for (const [subpath, wanted] of Object.entries(SURFACE)) {
    it(`gives what a program needs of '${subpath}'`, async () => {
      const found = await namesOf(subpath);

      assert.deepEqual(wanted.filter((name) => !found.includes(name)), []);
    });
  }

  it('has no entry that is not tried here', () => {
    const { exports } = JSON.parse(readFileSync(join(projectFolder, 'package.json'), 'utf8')) as { readonly exports: Readonly<Record<string, string>> };
    const tried = Object.keys(SURFACE).map((subpath) => subpath.replace(/^towline/, '.').replace(/^(\.\/drivers\/).*/, '$1*'));

    assert.deepEqual([...new Set(tried)].sort(), Object.keys(exports).sort());
  });

  it('holds the program, the built rooms, the licence and the readme, and nothing else', () => {
    const output = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd: projectFolder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], maxBuffer: 64 << 20 });
    const [packed] = JSON.parse(output) as readonly { readonly files: readonly { readonly path: string }[] }[];
    const paths = packed?.files.map(({ path }) => path) ?? [];
    const { bin } = JSON.parse(readFileSync(join(projectFolder, 'package.json'), 'utf8')) as { readonly bin: Readonly<Record<string, string>> };

    for (const path of ['LICENSE', 'README.md', 'package.json', 'dist/src/index.js', 'dist/src/index.d.ts', 'dist/src/disk/worker.js', ...Object.values(bin)]) assert.ok(paths.includes(path), path);
    assert.deepEqual(paths.filter((path) => /\.test\./.test(path) || (/\.ts$/.test(path) && !path.endsWith('.d.ts'))), []);
    assert.deepEqual(paths.filter((path) => !/^(dist\/(src|bin)\/|LICENSE$|README\.md$|package\.json$)/.test(path)), []);
  });
});

describe('the programs of docs/guide/typescript.md', () => {
  const programs = codeBlocks(readFileSync(join(projectFolder, 'docs/guide/typescript.md'), 'utf8'), 'ts runnable');
  const [files = '', repository = ''] = programs;

  it('are two, and the type checker takes them', () => {
    assert.equal(programs.length, 2);
    assert.deepEqual(faultsOf(programs), []);
  });

  it('stores a file and reads it back', async () => {
    writeFileSync(join(sandbox.folder, 'report.txt'), 'all is well');
    const ended = await runProgram(files, { args: ['storage', 'report.txt'] });

    assert.equal(ended.stderr, '');
    assert.match(ended.stdout, /^(streamed|copied|linked), \d+ bytes\nall is well\n$/);
    assert.equal(readFileSync(join(sandbox.folder, 'storage/reports/latest.txt'), 'utf8'), 'all is well');
  });

  it('pushes the data of a repository', async () => {
    const cwd = join(sandbox.folder, 'project');
    mkdirSync(cwd);
    await sandbox.git(['init', '--quiet', '.'], { cwd });
    writeFileSync(join(cwd, 'data.txt'), 'data');
    for (const args of [['init'], ['remote', 'add', '-d', 'store', '../store'], ['add', 'data.txt']]) assert.equal((await tow(sandbox, args, { cwd })).status, 0);
    const ended = await runProgram(repository, { cwd });

    assert.equal(ended.stderr, '');
    assert.equal(ended.stdout, "{ 'data.txt': 'new' }\n1 0\n");
    assert.equal((await tow(sandbox, ['push'], { cwd })).stdout, 'Everything is up to date.\n');
  });
});

describe('the programs of docs/guide/clearml.md', () => {
  const programs = codeBlocks(readFileSync(join(projectFolder, 'docs/guide/clearml.md'), 'utf8'), 'ts runnable');
  const [script = '', service = ''] = programs;

  it('are two, and the type checker takes them', () => {
    assert.equal(programs.length, 2);
    assert.deepEqual(faultsOf(programs), []);
  });

  it('store a file and give a copy of it', async () => {
    writeFileSync(join(sandbox.folder, 'model.bin'), 'model');
    const ended = await runProgram(script, { args: ['model.bin', 'artifacts/'] });

    assert.deepEqual([ended.status, ended.stderr], [0, '']);
    assert.equal(ended.stdout, `5 [ 'model.bin' ]\n${join(sandbox.folder, 'artifacts/model.bin')}\n`);
  });

  it('serve objects while they are asked for, and end when they are told to', async () => {
    writeFileSync(join(sandbox.folder, 'service.mjs'), compiled(service));
    const child = spawn(process.execPath, [join(sandbox.folder, 'service.mjs'), join(sandbox.folder, 'artifacts')], { cwd: sandbox.folder, env: sandbox.env, stdio: ['ignore', 'pipe', 'inherit'] });
    const ended = once(child, 'close');
    try {
      const [line] = await once(child.stdout, 'data') as [Buffer];
      const { port } = JSON.parse(line.toString()) as { readonly port: number };
      const found = await fetch(`http://127.0.0.1:${port}/model.bin`);
      assert.deepEqual([found.status, found.headers.get('content-length'), await found.text()], [200, '5', 'model']);
      assert.equal((await fetch(`http://127.0.0.1:${port}/gone.bin`)).status, 404);
    } finally {
      child.kill('SIGTERM');
    }
    assert.deepEqual(await ended, [0, null]);
  });
});

/** What the type checker says of programs in an empty folder with the package. */
function faultsOf(programs: readonly string[]): readonly string[] {
  const names = programs.map((text, at) => {
    const name = join(sandbox.folder, `program-${at}.mts`);
    writeFileSync(name, text);
    return name;
  });
  const options: ts.CompilerOptions = { strict: true, noEmit: true, skipLibCheck: true, module: ts.ModuleKind.NodeNext, target: ts.ScriptTarget.ES2023, types: ['node'], typeRoots: [join(projectFolder, 'node_modules/@types')] };
  return ts.getPreEmitDiagnostics(ts.createProgram(names, options)).map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}

const compiled = (text: string): string => ts.transpileModule(text, { compilerOptions: { target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.ESNext } }).outputText;

/** Runs a program as its author would after compiling it. */
async function runProgram(text: string, { args = [], cwd = sandbox.folder }: { readonly args?: readonly string[]; readonly cwd?: string }): Promise<Awaited<ReturnType<typeof sandbox.run>>> {
  const file = join(sandbox.folder, 'program.mjs');
  writeFileSync(file, compiled(text));
  return await sandbox.run(process.execPath, [file, ...args], { cwd });
}
