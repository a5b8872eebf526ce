import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hasCode } from '../../errors.ts';
import { parseDvcLock } from '../files/dvc-lock.ts';
import { parseDvcYaml } from '../files/dvc-yaml.ts';
import { Float, sameYaml } from '../files/yaml-value.ts';
import type { Stage } from '../stage.ts';
import type { Resolved } from './resolve.ts';
import { resolveProject } from './resolve.ts';

const A = 'd3b07384d113edec49eaa6238ad5ff00';
const LOCK = `schema: '2.0'
stages:
  train:
    cmd: train 1.0
    deps:
    - path: ../raw
      hash: md5
      md5: ${A}
      size: 4
    params:
      params.yaml:
        lr: 0.1
    outs:
    - path: metrics.json
      hash: md5
      md5: ${A}
      size: 9
    - path: model-1.0
      md5: ${A}.dir
      size: 19
      nfiles: 2
  each@a:
    cmd: x
    outs:
    - path: out-a
      hash: md5
      md5: ${A}
`;

function resolve(yaml: string, { lock, files = {} }: { readonly lock?: string; readonly files?: Readonly<Record<string, string>> } = {}): Promise<Resolved> {
  return resolveProject(parseDvcYaml(yaml, 'sub/dvc.yaml'), { lock: lock === undefined ? undefined : parseDvcLock(lock, 'sub/dvc.lock'), read: (path) => Promise.resolve(files[path]) });
}
const summary = (stage: Stage | undefined): unknown => stage?.outputs.map(({ path, cache, kind, hash, meta }) => [path, cache, kind, hash?.name, meta.size]);

test('hashes come from the lock, by the path as it is written; one without `hash:` is of DVC 2', async () => {
  const yaml = 'stages:\n  train:\n    cmd: train 1.0\n    deps: [../raw]\n    params: [lr]\n    outs: [model-1.0, new]\n    metrics: [{metrics.json: {cache: false}}]\n';

  const { stages } = await resolve(yaml, { lock: LOCK });

  assert.deepEqual(summary(stages[0]), [['sub/model-1.0', true, 'data', 'md5-dos2unix', 19], ['sub/new', true, 'data', undefined, undefined], ['sub/metrics.json', false, 'metric', 'md5', 9]]);
  const [raw, params] = stages[0]?.dependencies ?? [];
  assert.ok(raw?.kind === 'path' && raw.path === 'raw' && raw.hash?.value === A);
  assert.ok(params?.kind === 'params' && sameYaml(params.values?.get('lr'), new Float(0.1)));
});

test('a template that cannot be resolved is taken from the lock, with the flags its paths can be matched to', async () => {
  const yaml = 'stages:\n  train:\n    cmd: train ${x}\n    outs: ["model-${x}"]\n    metrics: [{metrics.json: {cache: false}}]\n  each:\n    foreach: ${list}\n    do:\n      cmd: x\n      outs: ["out-${item}"]\n  lost:\n    cmd: ${x}\n';

  const { stages, faults } = await resolve(yaml, { lock: LOCK });

  assert.deepEqual(stages.map(summary), [[['sub/metrics.json', false, 'metric', 'md5', 9], ['sub/model-1.0', true, 'data', 'md5-dos2unix', 19]], [['sub/out-a', true, 'data', 'md5', undefined]]]);
  assert.deepEqual(faults.map(({ message }) => message), ["failed to parse stage 'lost' in 'sub/dvc.yaml': Could not find 'x'"]);
});

test('parameters that cannot be read, are missing or are named twice are faults of the stages, not crashes', async () => {
  const stage = 'stages:\n  t:\n    cmd: ${a}\n    outs: [o]\n';
  const fault = async (vars: string, files: Readonly<Record<string, string>>): Promise<string> => (await resolve(vars + stage, { files })).faults[0]?.message ?? 'none';

  assert.match(await fault('vars: [p.toml]\n', { 'sub/p.toml': 'a = ' }), /'p\.toml' is no TOML/);
  assert.match(await fault('vars: [p.yaml]\n', {}), /'p\.yaml' does not exist/);
  assert.match(await fault('vars: [a: 1]\n', { 'sub/params.yaml': 'a: 2\n' }), /cannot redefine 'a'/);
  assert.match(await fault('vars: [p.yaml]\n', { 'sub/p.yaml': '[1]\n' }), /expected a dictionary/);
  assert.match(await fault('vars: [a: {b: 1}]\n', {}).then(() => fault('', { 'sub/params.yaml': 'a: [1]\n' })), /Cannot interpolate data of type 'list'/);
  assert.match(await fault('', { 'sub/params.yaml': 'a: [\n' }), /is invalid/);
  assert.match(await fault('vars: [../../out.yaml]\n', {}), /does not exist/);
});

test('a matrix that would make too many stages is refused', async () => {
  const list = `[${Array.from({ length: 100 }, (_, index) => index).join(', ')}]`;

  const { faults } = await resolve(`stages:\n  t:\n    matrix: {a: ${list}, b: ${list}, c: ${list}, d: ${list}}\n    cmd: x\n`);

  assert.match(faults[0]?.message ?? '', /a matrix of more than 100000 stages/);
});

test('a lock of another schema is refused in the words of DVC', () => {
  assert.throws(() => parseDvcLock('a:\n  cmd: x\n', 'dvc.lock'), (error) => hasCode(error, 'CORRUPT') && error.message.startsWith("'./dvc.lock' validation failed: 2 errors.\n\nextra keys not allowed, in a, line"));
  assert.equal(parseDvcLock('', 'dvc.lock').stages.size, 0);
});
