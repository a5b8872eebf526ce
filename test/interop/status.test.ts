import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { whyMissing } from '../judges.ts';
import { inRepository, type JudgedRepository } from './judged-repository.ts';

const skip = whyMissing('dvc') ?? false;
const STATUS = ['status'];

async function track(repository: JudgedRepository): Promise<void> {
  repository.write({ 'd/a': '1\n', 'd/b': '2\n', 'd/s/c': '3\n', f: 'f\n', 'sub/g': 'g\n' });
  await repository.tow('add', '-q', 'd', 'f', 'sub/g');
}

const PIPELINE = `stages:
  train:
    cmd: cp f model && echo 1 > m.json
    deps: [f, d]
    params: [lr, nest.k]
    outs: [model]
    metrics: [{m.json: {cache: false}}]
  second:
    cmd: cp model second
    deps: [model]
    outs: [second]
`;
const PARAMS = 'lr: 1\nnest: {k: 2, z: 3}\n';

async function trackPipeline(repository: JudgedRepository): Promise<void> {
  await track(repository);
  repository.write({ 'params.yaml': PARAMS, 'dvc.yaml': PIPELINE });
}

test('an empty project says how to start, and -q says nothing', { skip }, async () => {
  await inRepository(async (repository) => {
    assert.deepEqual(await repository.agree(STATUS), {});
    const { ours } = await repository.ask(STATUS);
    assert.equal(ours.stdout, 'There are no data or pipelines tracked in this project yet.\nSee <https://dvc.org/doc/start> to get started!\n');
    assert.deepEqual((await repository.ask(['status', '-q'])).ours, { status: 0, signal: null, stdout: '', stderr: '' });
  });
});

test('data that changed or is gone is shown by its .dvc file, and -q ends with 1 then', { skip }, async () => {
  await inRepository(async (repository) => {
    await track(repository);
    assert.deepEqual(await repository.agree(STATUS), {});
    repository.write({ 'd/b': 'other\n' });
    repository.remove('f');

    assert.deepEqual(await repository.agree(STATUS), { 'd.dvc': [{ 'changed outs': { d: 'modified' } }], 'f.dvc': [{ 'changed outs': { f: 'deleted' } }] });
    const { ours, theirs } = await repository.ask(['status', '-q']);
    assert.deepEqual([ours.status, ours.stdout], [1, '']);
    assert.equal(theirs.status, 1);
  });
});

test('data that the cache lacks is not in cache, whatever the workspace holds', { skip }, async () => {
  await inRepository(async (repository) => {
    await track(repository);
    repository.lose(/^26324c6904b2a9cb4b88d6d61c81d1$/);
    repository.lose(/^8ad92c50cae39aa2c5604fd0ab6d8c$/);
    repository.remove('f');

    assert.deepEqual(await repository.agree(STATUS), { 'd.dvc': [{ 'changed outs': { d: 'not in cache' } }], 'f.dvc': [{ 'changed outs': { f: 'not in cache' } }] });
  });
});

test('targets: .dvc files, outputs, paths inside a directory, folders, and what is none of these', { skip }, async () => {
  await inRepository(async (repository) => {
    await track(repository);
    repository.write({ 'd/b': 'other\n', 'sub/g': 'gg\n' });

    assert.deepEqual(await repository.agree([...STATUS, 'f.dvc']), {});
    for (const target of ['d', 'd.dvc', 'd/b', 'd/a', 'd/s']) assert.deepEqual(await repository.agree([...STATUS, target]), { 'd.dvc': [{ 'changed outs': { d: 'modified' } }] });
    assert.deepEqual(await repository.agree([...STATUS, '-R', 'sub']), { 'sub/g.dvc': [{ 'changed outs': { 'sub/g': 'modified' } }] });
    for (const target of ['nothing', 'nothing.dvc', 'd/nothing.dvc']) {
      const { ours, theirs } = await repository.ask([...STATUS, target]);
      assert.deepEqual([ours.status, ours.stderr.split('\n')[0]], [theirs.status, theirs.stderr.split('\n')[0]]);
    }
  });
});

test('paths are shown from where one stands', { skip }, async () => {
  await inRepository(async (repository) => {
    await track(repository);
    repository.write({ f: 'ff\n', 'sub/g': 'gg\n' });

    assert.deepEqual(await repository.agree(STATUS, { below: 'sub' }), { '../f.dvc': [{ 'changed outs': { '../f': 'modified' } }], 'g.dvc': [{ 'changed outs': { g: 'modified' } }] });
    assert.deepEqual(await repository.agree([...STATUS, 'g'], { below: 'sub' }), { 'g.dvc': [{ 'changed outs': { g: 'modified' } }] });
    assert.deepEqual(await repository.agree([...STATUS, '../f.dvc'], { below: 'sub' }), { '../f.dvc': [{ 'changed outs': { '../f': 'modified' } }] });
  });
});

test('a pipeline that never ran: what is there is modified, what is not is deleted, its parameters are new', { skip }, async () => {
  await inRepository(async (repository) => {
    await trackPipeline(repository);
    repository.write({ model: 'by hand\n' });

    assert.deepEqual(await repository.agree(STATUS), {
      train: [{ 'changed deps': { d: 'modified', f: 'modified', 'params.yaml': 'new' } }, { 'changed outs': { 'm.json': 'deleted', model: 'modified' } }],
      second: [{ 'changed deps': { model: 'modified' } }, { 'changed outs': { second: 'deleted' } }],
    });
    repository.remove('params.yaml');
    assert.deepEqual((await repository.agree([...STATUS, 'train']) as Record<string, unknown[]>)['train']?.[0], { 'changed deps': { d: 'modified', f: 'modified', 'params.yaml': 'deleted' } });
  });
});

test('a pipeline that ran: changed dependencies, parameters, outputs and commands', { skip }, async () => {
  await inRepository(async (repository) => {
    await trackPipeline(repository);
    await repository.dvc('repro', '-q');
    assert.deepEqual(await repository.agree(STATUS), {});
    repository.write({ f: 'ff\n', 'params.yaml': 'lr: 5\nother: 1\n', 'm.json': '9\n', 'dvc.yaml': PIPELINE.replace('cp model second', 'cp -f model second') });
    repository.remove('second');

    assert.deepEqual(await repository.agree(STATUS), {
      'f.dvc': [{ 'changed outs': { f: 'modified' } }],
      train: [{ 'changed deps': { f: 'modified', 'params.yaml': { lr: 'modified', 'nest.k': 'deleted' } } }, { 'changed outs': { 'm.json': 'modified' } }].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)),
      second: ['changed command', { 'changed outs': { second: 'deleted' } }],
    });
    for (const target of ['train', 'dvc.yaml:second', 'second']) await repository.agree([...STATUS, target]);
    assert.deepEqual(Object.keys(await repository.agree(STATUS, { below: 'sub' }) as object).sort(), ['../dvc.yaml:second', '../dvc.yaml:train', '../f.dvc']);
    assert.deepEqual(Object.keys(await repository.agree([...STATUS, '-d', 'second']) as object).sort(), ['f.dvc', 'second', 'train']);
  });
});

test('a pipeline in a folder reads the parameters of that folder, and goes by its name alone there', { skip }, async () => {
  await inRepository(async (repository) => {
    repository.write({ 'sub/dvc.yaml': 'stages:\n  inner:\n    cmd: cp ../in out\n    deps: [../in]\n    params: [lr, ../other.yaml: [x]]\n    outs: [out]\n', 'sub/params.yaml': PARAMS, 'other.yaml': 'x: 1\n', in: 'in\n' });
    await repository.dvc('repro', '-q', 'sub/dvc.yaml');
    assert.deepEqual(await repository.agree(STATUS), {});
    repository.write({ 'sub/params.yaml': 'lr: 2\n', 'other.yaml': 'x: 2\n' });

    assert.deepEqual(await repository.agree(STATUS), { 'sub/dvc.yaml:inner': [{ 'changed deps': { 'other.yaml': { x: 'modified' }, 'sub/params.yaml': { lr: 'modified' } } }] });
    assert.deepEqual(await repository.agree(STATUS, { below: 'sub' }), { inner: [{ 'changed deps': { '../other.yaml': { x: 'modified' }, 'params.yaml': { lr: 'modified' } } }] });
  });
});

test('frozen stages are warned of and their dependencies left out; some stages are always changed', { skip }, async () => {
  await inRepository(async (repository) => {
    repository.write({ '../source': 'source\n', in: 'in\n', 'dvc.yaml': 'stages:\n  cold: {cmd: cp in cold, deps: [in], outs: [cold], frozen: true}\n  ever: {cmd: cp in ever, deps: [in], outs: [ever], always_changed: true}\n  call: {cmd: "true"}\n  alone: {cmd: echo 1 > alone, outs: [alone]}\n' });
    await repository.dvc('import-url', '-q', join(repository.root, '../source'), 'imported');
    await repository.dvc('repro', '-q', 'ever', 'call', 'alone');
    repository.write({ in: 'changed\n', '../source': 'changed\n' });

    const data = await repository.agree(STATUS);
    const { ours, theirs } = await repository.ask(STATUS);

    assert.deepEqual(data, { call: ['always changed'], ever: ['always changed', { 'changed deps': { in: 'modified' } }], cold: [{ 'changed outs': { cold: 'deleted' } }] });
    assert.deepEqual(ours.stderr.split('\n').sort(), theirs.stderr.split('\n').sort());
    assert.deepEqual(await repository.agree([...STATUS, 'call']), { call: ['always changed'] });
    assert.match(ours.stderr, /^WARNING: stage: 'imported\.dvc' is frozen\. Its dependencies are not going to be shown in the status output\.$/m);
  });
});

test('an import whose .dvc file was edited by hand has a changed checksum', { skip }, async () => {
  await inRepository(async (repository) => {
    repository.write({ '../source': 'source\n' });
    const source = join(repository.root, '../source');
    await repository.dvc('import-url', '-q', source, 'imported');
    repository.write({ 'imported.dvc': `md5: d41d8cd98f00b204e9800998ecf8427e\nfrozen: true\ndeps:\n- hash: md5\n  path: ${source}\nouts:\n- md5: 5b1bb4c8f7b9e5ab9e1d4e27a1e3fd2f\n  hash: md5\n  path: imported\n` });

    assert.deepEqual(await repository.agree(STATUS), { 'imported.dvc': ['changed checksum', { 'changed outs': { imported: 'not in cache' } }] });
  });
});

test('flags that only make sense against a remote are refused without one', { skip }, async () => {
  await inRepository(async (repository) => {
    await track(repository);

    const { ours, theirs } = await repository.ask([...STATUS, '-a', '-T', '-j', '4']);

    assert.equal(ours.status, theirs.status);
    assert.equal(ours.stderr.split('\n')[0], 'ERROR: The following options are meaningless for local status: --all-branches, --all-tags, --jobs');
    assert.equal(theirs.stderr.split('\n')[0], ours.stderr.split('\n')[0]);
  });
});
