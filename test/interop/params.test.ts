import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { parseParams } from '../../src/repo/pipeline/param-file.ts';
import { dvcCode, plain } from './dvc-code.ts';

const { skip, ask, answerTo } = dvcCode();

async function agree(suffix: string, text: string): Promise<void> {
  assert.deepEqual(plain(await parseParams(text, `params${suffix}`)), await ask({ kind: 'params', suffix, text }), text);
}

const WRITTEN: Readonly<Record<string, readonly string[]>> = {
  '.py': [
    '', '# nothing\n', 'lr = 0.1\nn = 10\nname = "x"\nflag = True\nnone = None\n', 'a: int = 1\nb: float\nc: "str" = \'q\'\n', 'a = b = 1\nc, d = 1, 2\ne = 1, 2\nf = (1,)\ng = ()\nh = (((7)))\n', 'a = 1; b = 2\n',
    'class Train:\n    """words"""\n    lr = 1e-3\n    class Inner:\n        deep = [1, {"k": (1, 2)}]\n    def __init__(self, x):\n        self.y = 5\n        z = 6\n        self.bad = x\n        self.a.b = 1\n    def other(self):\n        self.no = 1\n',
    '@deco\n@other(1)\nclass T(Base, metaclass=M):\n    x = 1\n', 'async def __init__(self):\n    self.x = 1\n', 'def __init__(self):\n    self.top = 1\n', 'self.w = 1\nother.w = 2\n', 'if True:\n    a = 1\nfor i in range(3):\n    b = 2\nc = 3\n',
    "a = 'one' \"two\" '''three\nfour'''\nb = r'\\d\\n'\nc = u'x'\nd = '\\n\\t\\\\\\'\\x41\\u00e9\\U0001F600\\101\\q\\\nnext'\n", 'a = -1\nb = +2\nc = --3\nd = -1.5\ne = ~1\nf = not True\ng = 1 + 2\nh = 1_000\ni = 0x1f\nj = 0o17\nk = 0b101\nl = 1.\nm = .5\nn = 1E5\no = 123456789012345678901\np = 00\n',
    'a = f"x{1}"\nb = call()\nc = name\nd = [x for x in y]\ne = [*z]\nf = {**z}\ng = lambda: 1\nh = {"a": name}\ni = x[0]\nj = x.y\nk = 1 if x else 2\n', 'a = {1: "one", "two": 2}\nb = {1, 2}\nc = []\nd = {}\n', 'a = 1\na = 2\nb = 1\nb = call()\n', 'a += 1\na = 3\ndel b\nimport os\nfrom x import (y, z)\n',
    'a = [  # one\n    1,  # first\n    2,\n]\nb = {\n    # c\n    "k": 1,  # d\n}\nc = (  # e\n    3\n)\n', 'a = 1\r\nclass B:\r\n    c = "x"\r\n', 'a = \\\n  1\n', 'class Empty:\n    pass\nclass Late: x = 1\n', 'async def f():\n    await g()\nmatch x:\n    case 1:\n        y = 2\nz = 1\n', 'try:\n    a = 1\nexcept* E:\n    pass\nb = 2\n', 'ä = "ö"\n', 'print(f"{x!r:>{width}} {y=}")\na = 1\n', 'a = "unicode \u00e9 \ud83d\ude00"\n',
  ],
  '.TOML': ['a = 1\n'],
  '.toml': [
    '', 'a = 1\nb = 1.0\nc = "x"\nd = true\ne = [1, 2.5, "x", [true]]\nf = {g = 1, h.i = 2}\n', '[train]\nlr = 1e-3\n[train.opt]\nname = "adam"\n[[layers]]\nn = 1\n[[layers]]\nn = 2\n', 'a.b.c = 1\n"quoted key" = 1\n\'lit\' = \'C:\\x\'\n', 'a = 0x1f\nb = 0o17\nc = 0b11\nd = 1_000\ne = inf\nf = -inf\ng = nan\nh = +5\ni = 9223372036854775807\nj = -0.0\n',
    'a = """\nlong \\\n  text"""\nb = \'\'\'raw\nlines\'\'\'\nc = "\\u00e9\\n"\n', 'd = 1979-05-27\ndt = 1979-05-27T07:32:00\nf = 1979-05-27 07:32:00.5\nz = 1979-05-27T07:32:00Z\no = 1979-05-27T00:32:00.25-07:00\n', '# only\n', 'a = 1\r\nb = 2\r\n',
  ],
  '.yaml': ['a: 1\n'], '': ['a: [1, 2]\n'], '.conf': ['a: {b: 1.0}\n'], '.json': ['{"a": 1, "b": 1.5}'],
};
const BROKEN: Readonly<Record<string, readonly string[]>> = {
  '.py': ['a = \n', 'def f(:\n', 'class\n', 'a = [1\n', 'a = "x\n', 'a = 1 2\n', 'if x\n    a = 1\n'],
  '.toml': ['a = \n', 'a = 1\na = 2\n', '[x\n', 'a = "x\n', 'a b = 1\n'],
};

describe('parameter files', { skip }, () => {
  for (const [suffix, texts] of Object.entries(WRITTEN)) {
    test(`'${suffix}' files are read as DVC reads them`, async () => {
      for (const text of texts) await agree(suffix, text);
    });
  }

  for (const [suffix, texts] of Object.entries(BROKEN)) {
    test(`'${suffix}' files that DVC cannot read are refused`, async () => {
      for (const text of texts) {
        assert.equal(typeof (await answerTo({ kind: 'params', suffix, text })).error, 'string', text);
        await assert.rejects(parseParams(text, `params${suffix}`), { code: 'CORRUPT', message: /^'params\.\w+' is no (Python that can be read|TOML: [^\n]+) \(params\.\w+:\d+:\d+\)$/ });
      }
    });
  }

  test('literals of Python, whatever they are', async () => {
    await fc.assert(fc.asyncProperty(program, async (text) => { await agree('.py', text); }), { numRuns: 1000 });
  });
});

const name = fc.constantFrom('a', 'b', 'lr', '_x', 'Train', 'self.y', 'x.z');
const text = fc.oneof(fc.string({ maxLength: 8 }), fc.constantFrom('\\n', '\\x41', '\\', "it's", '"', 'é', '\\u0041', '\\7')).map((raw) => `${raw.length % 5 === 0 ? 'r' : ''}'${raw.replace(/['\n\r]/g, '').replace(/\\+$/, '')}'`).filter((one) => !/\\x(?![0-9a-f]{2})|\\u(?![0-9a-f]{4})|\\U|\\N/i.test(one));
const scalar = fc.oneof(fc.integer().map(String), fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => (Math.abs(value) < 1e15 && Number.isInteger(value) ? value.toFixed(1) : String(value))), text, fc.constantFrom('None', 'True', 'False', '-1', '-(1)', '-(-1)', '1.', '-1.e5', '1_0', '0x1F', '1e3', 'name', 'f()', '"a" \'b\'', 'f"{x}"'));
const { value } = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof({ maxDepth: 3, withCrossShrink: true }, scalar, scalar, fc.array(tie('value'), { maxLength: 3 }).map((all) => `[${all.join(', ')}]`), fc.array(tie('value'), { minLength: 1, maxLength: 3 }).map((all) => `(${all.join(', ')},)`), fc.array(fc.tuple(text, tie('value')), { maxLength: 3 }).map((all) => `{${all.map(([key, member]) => `${key}: ${member}`).join(', ')}}`)),
}));
const statement = fc.oneof(fc.tuple(name, value).map(([target, one]) => `${target} = ${one}`), fc.tuple(name.filter((one) => !one.includes('.')), value).map(([target, one]) => `${target}: int = ${one}  # words`), fc.constantFrom('pass', 'import os', 'a += 1', 'x = y = 1', 'a, b = 1, 2', 'a = 1, 2'));
const indented = (lines: readonly string[]): string => lines.map((line) => `    ${line}`).join('\n');
const block = fc.oneof(statement, fc.array(statement, { minLength: 1, maxLength: 3 }).map((all) => `class C:\n${indented(all)}`), fc.array(statement, { minLength: 1, maxLength: 3 }).map((all) => `class D(Base):\n    def __init__(self):\n${indented(all.map((one) => `    ${one}`))}`), fc.array(statement, { minLength: 1, maxLength: 2 }).map((all) => `if x:\n${indented(all)}`));
const program = fc.array(block, { maxLength: 6 }).map((all) => `${all.join('\n')}\n`);
