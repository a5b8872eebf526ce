import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
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
    const names = programs.map((text, at) => {
      const name = join(sandbox.folder, `program-${at}.mts`);
      writeFileSync(name, text);
      return name;
    });
    const options: ts.CompilerOptions = { strict: true, noEmit: true, skipLibCheck: true, module: ts.ModuleKind.NodeNext, target: ts.ScriptTarget.ES2023, types: ['node'], typeRoots: [join(projectFolder, 'node_modules/@types')] };
    const faults = ts.getPreEmitDiagnostics(ts.createProgram(names, options)).map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));

    assert.equal(programs.length, 2);
    assert.deepEqual(faults, []);
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

/** Runs a program as its author would after compiling it. */
async function runProgram(text: string, { args = [], cwd = sandbox.folder }: { readonly args?: readonly string[]; readonly cwd?: string }): Promise<Awaited<ReturnType<typeof sandbox.run>>> {
  const file = join(sandbox.folder, 'program.mjs');
  writeFileSync(file, ts.transpileModule(text, { compilerOptions: { target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.ESNext } }).outputText);
  return await sandbox.run(process.execPath, [file, ...args], { cwd });
}
