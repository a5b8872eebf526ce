import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { projectFolder } from './project.ts';

const PAGE = 'docs/guide/bugs-of-dvc.md';
const ROW = /^\| (.+?) \| .+ \| `(\S+\.test\.ts)` (.+) \|$/gm;
/** The issues of treeverse/dvc, and of others where it says so, about remotes and storage that users met most or hardest. */
const COMPLAINTS = '#11011 #10977 #7532 #7268 #4164 #10211 #10617 #7607 #497 dvc-s3#23 #6222 #9575 #829 #10850 #7546 #3445 #827 #3791 #10516 #9876 #4383 #10124 #7414 #8836 #1102 #1756 #4259 #4139 #7129 #3578 #3371 #2466 #6196 #2217 #6416 #5011 dvc.org#469 #10054 #2756 #8705 #9360 #9890 #2473 #6622 #4121 #3250 dvc-objects#178 dvc-objects#291 #7337 #696 #8456 #10003 #10752 #3783 #10465 #4325 #7029 #7800 #10683 asyncssh#698 #10643 #10644 #108 #8293 #8480 #8300 #8852 #8828 #8356 #8685 #8774 #6148 #2890 #7496 #1019 #3621 #4657 dvc-objects#306 #3477 #5255';

test(`each bug in ${PAGE} has the test it names`, () => {
  const rows = rowsOf();
  const wrong = rows.filter(({ file, name }) => !existsSync(join(projectFolder, file)) || !namesIn(file).some((one) => one.includes(name)));

  assert.deepEqual(wrong, []);
  assert.ok(rows.length >= 43, `${rows.length} rows`);
});

test('the numbers of a bug stand in the name of its test', () => {
  const wrong = rowsOf().flatMap(({ numbers, file, name }) => {
    const full = namesIn(file).find((one) => one.includes(name)) ?? '';
    return numbers.filter((number) => !full.includes(number)).map((number) => `${number}: ${file} ${name}`);
  });

  assert.deepEqual(wrong, []);
});

test('what users complain of most is on the page, or said to be so here, too', () => {
  const page = readFileSync(join(projectFolder, PAGE), 'utf8');

  assert.deepEqual(COMPLAINTS.split(' ').filter((number) => !new RegExp(`(^|[ (])${number}(?!\\d)`, 'm').test(page)), []);
});

/** The names of the tests of a file, as they are written there. */
const namesIn = (file: string): readonly string[] => [...readFileSync(join(projectFolder, file), 'utf8').matchAll(/^\s*(?:void )?(?:test|it|both|ours)\((['"`])(.+?)\1,/gm)].map(([, , name = '']) => name);

interface Row { readonly numbers: readonly string[]; readonly file: string; readonly name: string }
const rowsOf = (): readonly Row[] => [...readFileSync(join(projectFolder, PAGE), 'utf8').matchAll(ROW)].map(([, bug = '', file = '', name = '']) => ({ numbers: bug.match(/[\w.-]*#\d+/g) ?? [], file, name }));
