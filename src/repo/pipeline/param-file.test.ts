import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromYaml } from '../files/yaml-value.ts';
import { parseParams } from './param-file.ts';

const PYTHON = 'RATE = 1e-3\nclass Opt(Base):\n    names = ["a", \'b\' "c"]\n    def __init__(self):\n        self.decay = -0.5\n        other = 1\nmade = call()\n';

test('every language says the same', async () => {
  for (const [file, text] of [['a.yaml', 'lr: 0.5\nlayers: [1, x]\n'], ['a.json', '{"lr": 0.5, "layers": [1, "x"]}'], ['a.toml', 'lr = 0.5\nlayers = [1, "x"]\n'], ['a.py', 'lr = 0.5\nlayers = [1, "x"]\n'], ['conf/plain', 'lr: 0.5\nlayers: [1, x]\n']] as const) {
    assert.deepEqual(fromYaml(await parseParams(text, file)), { lr: 0.5, layers: [1, 'x'] }, file);
  }
});

test('Python is read, not run: literals of names, of classes and of self', async () => {
  assert.deepEqual(fromYaml(await parseParams(PYTHON, 'x.py')), { RATE: 0.001, Opt: { names: ['a', 'bc'], decay: -0.5 } });
});

for (const [file, text] of [['x.py', `a = ${'['.repeat(50_000)}${']'.repeat(50_000)}\n`], ['x.toml', `a = ${'['.repeat(50_000)}${']'.repeat(50_000)}\n`], ['x.yaml', '- 1\n'], ['x.py', 'a = "open\n'], ['x.toml', 'a = 1\na = 2\n']] as const) {
  test(`'${text.slice(0, 12).trim()}' in ${file} is a fault of the file, in one line`, async () => {
    await assert.rejects(parseParams(text, file), { code: 'CORRUPT', message: /^[^\n]+$/ });
  });
}
