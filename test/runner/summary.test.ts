import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, before, describe, it, run } from 'node:test';
import { Report } from './report.ts';
import { summarise } from './summary.ts';
import type { Outcome } from './run-suite.ts';

const head = "import { test, describe, it } from 'node:test';\n";
const texts: Readonly<Record<string, string>> = {
  'mixed.test.mjs': `${head}describe('group', () => { it('is well', () => {}); it('is ill', () => { throw new Error('planted'); }); it.skip('gives no reason'); it('gives one', { skip: 'no such server' }, () => {}); it('is unfinished', { todo: true }, () => {}); });`,
  'hook.test.mjs': `import { before } from 'node:test';\n${head}describe('group', () => { before(() => { throw new Error('no server'); }); it('never gets there', () => {}); });`,
  'helped.test.mjs': "import { register } from './helper.mjs';\nregister();",
  'empty.test.mjs': '',
  'exits.test.mjs': 'process.exit(3);',
  'leaves.test.mjs': `${head}test('first', () => {}); test('second', () => process.exit(0));`,
  'hangs.test.mjs': `${head}test('waits', () => new Promise(() => setInterval(() => {}, 1000)));`,
};

let folder = '';
let outcome: Omit<Outcome, 'seconds' | 'files'> = { passed: 0, failures: [], skips: [] };
const textOf = (name: string): string | undefined => outcome.failures.find((failure) => failure.name === name)?.text;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'towline-runner-'));
  for (const [name, text] of Object.entries(texts)) await writeFile(join(folder, name), text);
  // node:test refuses to run inside a test unless it does not know that it is inside one.
  delete process.env['NODE_TEST_CONTEXT'];
  await writeFile(join(folder, 'helper.mjs'), `${head}export const register = () => describe('by a helper', () => { it('counts', () => {}); });`);
  const files = Object.keys(texts).map((name) => join(folder, name));
  const parts = await Promise.all(files.map((file) => summarise(run({ files: [file], timeout: 3000 }), { file, show: (one) => basename(one), onFailure: () => undefined })));
  outcome = { passed: parts.reduce((sum, { passed }) => sum + passed, 0), failures: parts.flatMap(({ failures }) => failures), skips: parts.flatMap(({ skips }) => skips) };
});
after(() => rm(folder, { recursive: true, force: true }));

describe('the summary of a suite', () => {
  it('counts tests, not groups and not files', () => {
    // One of 'mixed', one that a helper registered for 'helped'. Of 'leaves' nothing is told: the process took what it had not yet said with it.
    assert.equal(outcome.passed, 2);
  });

  it('names a failure by file, group and test, and shows what was thrown', () => {
    assert.match(textOf('mixed.test.mjs > group > is ill') ?? '', /^Error: planted/);
  });

  it('takes an unfinished test for a failure', () => {
    assert.match(textOf('mixed.test.mjs > group > is unfinished') ?? '', /unfinished/);
  });

  it('keeps the reason of a skip and notices where there is none', () => {
    assert.deepEqual(outcome.skips, [{ name: 'mixed.test.mjs > group > gives no reason' }, { name: 'mixed.test.mjs > group > gives one', reason: 'no such server' }]);
  });

  for (const file of ['empty', 'exits', 'leaves', 'hangs', 'hook']) {
    it(`fails for a file that ${file}`, () => {
      assert.ok(outcome.failures.some(({ name }) => name.startsWith(`${file}.test.mjs`)), JSON.stringify(outcome.failures.map(({ name }) => name)));
    });
  }
});

describe('the report', () => {
  const report = (isStrict: boolean): { readonly report: Report; readonly lines: string[] } => {
    const lines: string[] = [];
    return { report: new Report({ isStrict, print: (line) => lines.push(...line.split('\n')) }), lines };
  };
  const well: Outcome = { passed: 2, failures: [], skips: [], seconds: 1, files: [] };

  it('ends with the two numbers alone on the last line', () => {
    const { report: whole, lines } = report(true);
    whole.check('lint', { seconds: 1 });
    whole.suite('unit', { ...well, failures: [{ name: 'a', text: 'b' }] });

    assert.equal(whole.end(), 1);
    assert.equal(lines.at(-1), '3 passed, 1 failed');
  });

  it('passes when all passed', () => {
    const { report: whole, lines } = report(true);
    whole.suite('unit', well);

    assert.equal(whole.end(), 0);
    assert.equal(lines.at(-1), '2 passed, 0 failed');
  });

  it('fails when nothing ran, when a suite is empty, and when a check failed', () => {
    const [nothing, empty, check] = [report(false), report(false), report(false)];
    empty.report.emptySuite('e2e');
    check.report.check('types', { failure: 'no', seconds: 1 });

    assert.deepEqual([nothing.report.end(), empty.report.end(), check.report.end()], [1, 1, 1]);
  });

  it('takes what is left out for a failure in CI only', () => {
    for (const isStrict of [true, false]) {
      const leaveOut = [
        (whole: Report) => whole.skippedSuite('interop', 'no dvc'),
        (whole: Report) => whole.missingJudge('minio', 'no go'),
        (whole: Report) => whole.suite('unit', { ...well, skips: [{ name: 'x' }] }),
        (whole: Report) => whole.suite('servers', { ...well, passed: 0, skips: [{ name: 'x', reason: 'no server' }] }),
      ];
      for (const omit of leaveOut) {
        const { report: whole } = report(isStrict);
        whole.suite('tidy', well);
        omit(whole);

        assert.equal(whole.end(), isStrict ? 1 : 0);
      }
    }
  });

  it('lets a skip with a reason pass in CI too', () => {
    const { report: whole } = report(true);
    whole.suite('unit', { ...well, skips: [{ name: 'x', reason: 'this server has no versions' }] });

    assert.equal(whole.end(), 0);
  });
});
