import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { projectFolder } from './project.ts';
import { houseFiles, housePaths, type Fault, type HouseFile, type Rule } from './tidy/house.ts';
import { syntaxRules } from './tidy/syntax-rules.ts';
import { textRules } from './tidy/text-rules.ts';

const rules: Readonly<Record<string, Rule>> = { ...textRules, ...syntaxRules };
const paths = new Set(housePaths(projectFolder));
const files = houseFiles(projectFolder, [...paths]);

describe('the house', () => {
  it('is looked at as a whole', () => {
    const looked = new Set(files.map(({ path }) => path));

    for (const path of ['src/errors.ts', 'test/tidy.test.ts', 'script/test', 'README.md', '.oxlintrc.json']) assert.ok(looked.has(path), path);
  });

  for (const [name, rule] of Object.entries(rules)) {
    it(`keeps the rule ${name}`, () => {
      const faults = files.flatMap((file) => rule(file, paths));

      assert.equal(faults.map(say).join('\n'), '');
    });
  }
});

/** A file that breaks the rule, and one as near to it as can be that does not. */
interface Plant { readonly rule: string; readonly bad: readonly HouseFile[]; readonly good: readonly HouseFile[] }
const plant = (rule: string, bad: Readonly<Record<string, string>>, good: Readonly<Record<string, string>>): Plant => ({ rule, bad: toFiles(bad), good: toFiles(good) });
const toFiles = (texts: Readonly<Record<string, string>>): readonly HouseFile[] => Object.entries(texts).map(([path, text]) => ({ path, text }));
const members = (count: number): string => `export interface Wide { ${Array.from({ length: count }, (_, index) => `m${index}(): void;`).join(' ')} }`;
// Words and paths that the rules forbid are put together here, or this file would break them.
const [todo, fixme, home, only] = [`${'TO'}DO`, `${'FIX'}ME`, ['', 'root', 'towline'].join('/'), 'only'];

const plants: readonly Plant[] = [
  plant('atMost400Lines', { 'src/odb/long.ts': 'x\n'.repeat(401) }, { 'src/odb/long.ts': 'x\n'.repeat(400), 'docs/long.md': 'x\n'.repeat(900) }),
  plant('kebabCaseNames', { 'src/odb/objectDb.ts': '', 'src/odb/object_db.test.ts': '', 'src/Odb/x.ts': '' }, { 'src/odb/object-db.test.ts': '', 'src/odb/md5-dos2unix.ts': '', 'README.md': '' }),
  plant('noCatchAllNames', { 'src/odb/utils.ts': '', 'src/http/helpers/x.ts': '', 'test/common.ts': '', 'src/shared/x.ts': '' }, { 'src/odb/commons-license.ts': '' }),
  plant('knownRooms', { 'src/tools/x.ts': '', 'src/stray.ts': '' }, { 'src/odb/x.ts': '', 'src/errors.test.ts': '', 'src/runtime.ts': '' }),
  plant('indexOnlyAtADoor', { 'src/repo/git/index.ts': '', 'test/conformance/index.ts': '' }, { 'src/index.ts': '', 'src/repo/index.ts': '', 'src/drivers/s3/index.ts': '' }),
  plant('driversAlike', { 'src/drivers/ftp/index.ts': '', 'src/drivers/nfs/driver.ts': '' }, { 'src/drivers/s3/index.ts': '', 'src/drivers/s3/driver.ts': '', 'src/drivers/s3/errors.ts': '', 'src/drivers/memory/index.ts': '', 'src/drivers/memory/driver.ts': '' }),
  plant('nothingLeftToDo', { 'src/odb/x.ts': `// ${todo}: later`, 'docs/x.md': `${fixme} this` }, { 'src/odb/x.ts': 'const todoList = []; // mktemp a.XXXXXX' }),
  plant('suppressionsGiveAReason', { 'src/odb/x.ts': '// oxlint-disable-next-line no-eval' }, { 'src/odb/x.ts': '// oxlint-disable-next-line no-eval -- the text is ours and constant' }),
  plant('noTestSingledOut', { 'src/odb/x.test.ts': `it.${only}('x', () => {})`, 'src/odb/y.test.ts': `it("x", { ${only}: true }, f)` }, { 'src/odb/x.test.ts': "it('x', () => {})" }),
  plant('noPathsOfOneMachine', { 'src/odb/x.ts': `const a = '${home}'`, 'docs/x.md': ['see ', 'tmp', 'run1'].join('/'), 'docs/y.md': 'https://registry.npmjs.org/x', 'src/odb/x.test.ts': ['', 'root', '.cache'].join('/'), 'script/x': ['', 'home', 'ann', 'x'].join('/') },
    { 'src/odb/x.ts': "const a = `${folder}/work/x`; // '/tmp' alone", 'src/odb/y.test.ts': "parse('/tmp/x', '/home/ann/x', '/root/x')", 'docs/z.md': 'gdrive://root/x' }),
  plant('noHiddenClock', { 'src/odb/x.ts': 'const now = new Date();', 'src/http/x.ts': 'performance.now()' }, { 'src/odb/x.ts': 'new Date(milliseconds)', 'src/cli/x.ts': 'new Date()', 'src/odb/x.test.ts': 'new Date()' }),
  plant('linksResolve', { 'docs/x.md': '[a](decisions/not-there.md)' }, { 'docs/x.md': '[a](../README.md) [b](https://example.com) [c](#d) `[e](f)` [g](decisions/)', 'README.md': '', 'docs/decisions/a.md': '' }),
  plant('noDefaultExport', { 'src/odb/a.ts': 'export default 1;', 'src/odb/b.ts': 'export default function f() {}', 'src/odb/c.ts': 'const a = 1; export { a as default };' }, { 'src/odb/a.ts': "export const a = 1; // export default\nconst b = 'export default 1';", 'src/http/pool.d.ts': 'export default class {}' }),
  plant('smallInterfaces', { 'src/odb/a.ts': members(11) }, { 'src/odb/a.ts': members(10) }),
  plant('nobodyAsksForTheScheme', {
    'src/repo/a.ts': "if (scheme === 's3') f();", 'src/odb/b.ts': "url.startsWith('s3://')", 'src/remotes/c.ts': "switch (x) { case 'gs': break; }", 'src/cli/d.ts': "['ssh', 'sftp'].includes(x)", 'src/pods/e.ts': '/^https?:/.test(url)', 'src/clearml/f.ts': "new Set(['azure'])",
  }, { 'src/drivers/s3/a.ts': "url.startsWith('s3://')", 'src/repo/a.ts': "if (level === 'local') f('s3://bucket'); const help = ['s3', 'gs'];", 'src/repo/a.test.ts': "x === 's3'" }),
];

describe('the rules can fail', () => {
  for (const { rule, bad, good } of plants) {
    it(`${rule} sees every planted fault and lets its neighbours pass`, () => {
      const judge = rules[rule];
      assert.ok(judge, 'the rule exists');
      const run = (set: readonly HouseFile[]): readonly Fault[] => set.flatMap((file) => judge(file, new Set(set.map(({ path }) => path))));

      assert.deepEqual([...new Set(run(bad).map(({ path }) => path))], bad.map(({ path }) => path));
      assert.deepEqual(run(good), []);
    });
  }

  it('has a planted fault for every rule', () => {
    assert.deepEqual(plants.map(({ rule }) => rule).sort(), Object.keys(rules).sort());
  });
});

function say({ path, line, text }: Fault): string {
  return `${path}${line === undefined ? '' : `:${line}`}: ${text}`;
}
