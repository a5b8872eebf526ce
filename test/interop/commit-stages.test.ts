import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { whyMissing } from '../judges.ts';
import { append, edit, files, mode, write } from './changes.ts';
import { twinTests } from './twins.ts';

const PIPELINE = `vars:
- name: model
stages:
  prepare:
    cmd:
    - mkdir -p parts
    - sh prepare.sh
    deps:
    - raw
    - prepare.sh
    outs:
    - parts
  train:
    cmd: cp parts/a \${name}.bin && echo '{"score":1}' > score.json && cp parts/a curve.csv && cp parts/a kept
    deps:
    - parts
    params:
    - lr
    - tiny
    - opt.name
    - layers
    - other.yaml:
    - more.json:
      - deep
    - conf/model.toml:
      - net.layers
      - net.layers.1
      - eps
    - conf/train.py:
    outs:
    - \${name}.bin
    metrics:
    - score.json:
        cache: false
    plots:
    - curve.csv
  keep:
    cmd: cp parts/a kept
    deps:
    - parts/a
    outs:
    - kept:
        persist: true
  each:
    foreach: [us, eu]
    do:
      cmd: cp parts/a \${item}
      wdir: sub
      deps:
      - ../parts/a
      outs:
      - \${item}
`;
const STARTED = files({
  'dvc.yaml': PIPELINE.replaceAll('cp parts/a ${item}', 'cp ../parts/a ${item}').replace(' && cp parts/a kept\n', '\n'), 'prepare.sh': 'cp raw/* parts\n', 'raw/a': 'a\n', 'raw/b': 'b\n', 'sub/.keep': '',
  'params.yaml': 'lr: 0.10\ntiny: 1e-7\nunused: 1\nopt: {name: "0x1f", more: yes}\nlayers: [1, 2.0, null, {k: v}]\n', 'other.yaml': 'z: last\nflag: true\nsize: 3\nnest:\n  b: 1\n  a: "it\'s: so"\n', 'more.json': '{"deep": {"max": 3, "x": 1.0}}\n',
  'conf/model.toml': 'eps = 1e-8\nsince = 1979-05-27T07:32:00\n[net]\nlayers = [3, 1.0]\n', 'conf/train.py': 'RATE = 1e-3  # words\nSIZES = [1, 2]\nclass Opt:\n    name = "a" \'b\'\n    def __init__(self):\n        self.decay = -0.5\n',
});
const CHANGED = [
  files({ 'raw/c': 'c\n', 'parts/a': 'better\n', 'parts/d/e': 'new\n', 'model.bin': 'better\n', 'score.json': '{"score":2}\n', kept: 'better\n', 'sub/us': 'better\n', 'sub/eu': 'better\n' }),
  write('params.yaml', 'lr: 100\ntiny: 1e22\nopt:\n  name: ü\nlayers: []\n'), write('other.yaml', 'only: 2.50\n'), write('conf/model.toml', 'eps = 1\nsince = 2020-01-02\n[net]\nlayers = [[1, 2], true]\n'), write('conf/train.py', 'RATE = None\nBIG = 123456789012345678901\n'), mode('prepare.sh', 0o755), edit('dvc.yaml', (text) => text.replace('sh prepare.sh', 'sh ./prepare.sh')),
];

describe('commit of what pipelines make', { skip: whyMissing('dvc') ?? false }, () => {
  const { both, dvc } = twinTests();

  both('writes dvc.lock, the history of runs and .gitignore as DVC does, and DVC takes it for its own', async (twins) => {
    twins.change(STARTED);
    for (const twin of [twins.tow, twins.dvc]) {
      const ended = await dvc(twin, ['repro', '-q']);
      assert.equal(ended.status, 0, ended.stderr + ended.stdout);
    }
    await twins.agree();
    await twins.run(['commit']);
    await twins.run(['commit', '-f']);
    await twins.agree();

    twins.change(...CHANGED);
    const { ours, theirs } = await twins.run(['commit', 'train'], { ends: 1 });
    for (const { stderr } of [ours, theirs]) assert.match(stderr, /unable to commit changed stage: 'train'\. Use `-f\|--force` to force\./);
    await twins.run(['commit', '-f', 'each@eu']);
    await twins.agree();
    await twins.run(['commit', '-f']);
    await twins.agree();
    assert.match((await dvc(twins.tow, ['status'])).stdout, /up to date/);

    // What stood in the lock before is known from the history of runs, and what we wrote there now, too.
    twins.change(write('raw/c', 'other\n'));
    await twins.run(['commit', '-f', 'prepare']);
    twins.change(write('raw/c', 'c\n'));
    assert.match((await dvc(twins.tow, ['repro', 'prepare'])).stdout, /Stage 'prepare' is cached - skipping run/);
    assert.equal(twins.tow.read('parts/d/e'), 'new\n');
  });

  both('of a stage that never ran begins a lock, or adds to it behind the others', async (twins) => {
    twins.change(files({ 'dvc.yaml': 'stages:\n  one:\n    cmd: x\n    deps: [in]\n    outs: [out]\n', in: 'in\n', out: 'out\n' }));
    await twins.run(['commit', '-f', 'one']);
    await twins.agree();
    twins.change(append('dvc.yaml', '  a-second:\n    cmd: y\n    outs: [dir]\n'), files({ 'dir/x': 'x\n', 'dir/.hidden': 'y\n' }));
    await twins.run(['commit', '-f']);
    await twins.agree();
  });

  both('is refused where something is not there, and changes nothing', async (twins) => {
    twins.change(files({ 'dvc.yaml': 'stages:\n  one:\n    cmd: x\n    deps: [in]\n    params: [lr]\n    outs: [out]\n', out: 'out\n' }));
    for (const step of [files({}), write('in', 'in\n'), write('params.yaml', 'other: 1\n')]) {
      twins.change(step);
      const { ours, theirs } = await twins.run(['commit', '-f'], { ends: 1 });
      assert.equal(/(dependency|Parameters) '.*/.exec(ours.stderr)?.[0], /(dependency|Parameters) '.*/.exec(theirs.stderr)?.[0]);
    }
  });
});
