import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parseDvcFile, updateDvcFile } from './files/dvc-file.ts';
import { parseDvcYaml } from './files/dvc-yaml.ts';
import { stageHash } from './files/stage-hash.ts';
import { addGitignoreEntries, removeGitignoreEntries } from './git/gitignore.ts';
import { createIgnore } from './ignore.ts';
import { resolveProject } from './pipeline/resolve.ts';
import type { Stage } from './stage.ts';

interface Golden {
  readonly add: readonly { readonly name: string; readonly dvc: string; readonly gitignore: string }[];
  readonly imports: readonly { readonly name: string; readonly dvc: string }[];
  readonly ignores: readonly { readonly name: string; readonly files: Readonly<Record<string, string>>; readonly paths: readonly (readonly [string, boolean])[] }[];
  readonly projects: readonly { readonly name: string; readonly files: Readonly<Record<string, string>>; readonly stages: readonly object[] }[];
}
const golden = JSON.parse(readFileSync(new URL('../../test/golden/dvc-3.67.1/repository-files.json', import.meta.url), 'utf8')) as Golden;

test('what dvc add writes is read, and written with the same bytes', () => {
  assert.ok(golden.add.length > 25);
  for (const { name, dvc, gitignore } of golden.add) {
    const stage = parseDvcFile(dvc, `${name}.dvc`);

    assert.equal(stage.outputs[0]?.path, name);
    assert.equal(updateDvcFile(undefined, stage), dvc);
    assert.equal(addGitignoreEntries(undefined, [name]), gitignore);
    assert.equal(removeGitignoreEntries(gitignore, [name]), undefined);
  }
});

test('what dvc import writes is read, written with the same bytes, and has the md5 we compute', () => {
  for (const { name, dvc } of golden.imports) {
    const stage = parseDvcFile(dvc, `${name}.dvc`);

    assert.equal(updateDvcFile(undefined, stage), dvc);
    if (stage.md5 !== undefined) assert.equal(stageHash(stage), stage.md5, name);
  }
});

test('the same paths are ignored as by DVC', () => {
  for (const { name, files, paths } of golden.ignores) {
    const ignore = createIgnore((path) => files[path]);
    const ours = paths.map(([path]) => [path, ignore.ignores(path.replace(/\/$/, ''), path.endsWith('/'))]);

    assert.deepEqual(ours, paths, name);
  }
});

test('templates resolve to the stages DVC makes of them', async () => {
  for (const { name, files, stages } of golden.projects) {
    const project = parseDvcYaml(files['dvc.yaml'] ?? '', 'dvc.yaml');

    const resolved = await resolveProject(project, { lock: undefined, read: (path) => Promise.resolve(files[path]) });

    assert.deepEqual(resolved.faults, [], name);
    assert.deepEqual(resolved.stages.map(describe), stages, name);
  }
});

function describe(stage: Stage): object {
  const { name, command, workingFolder, frozen, outputs, dependencies } = stage;
  return {
    name,
    cmd: command,
    wdir: workingFolder === '' ? '.' : workingFolder,
    frozen,
    outs: outputs.map(({ path, written, cache, push, persist, remote, kind }) => ({ path, written, cache, push, persist, remote: remote ?? null, metric: kind === 'metric', plot: kind === 'plot' })),
    deps: dependencies.flatMap((one) => (one.kind === 'path' ? [one.path] : [])),
    params: Object.fromEntries(dependencies.flatMap((one) => (one.kind === 'params' ? [[one.path, one.keys]] : []))),
  };
}
