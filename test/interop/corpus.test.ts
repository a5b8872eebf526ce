import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { projectFolder } from '../project.ts';
import { COMPATIBILITY_PAGE, compatibilityPage } from './compatibility-page.ts';
import { differencesFromGolden } from './corpus/all-answers.ts';
import { shown, type Differing } from './corpus/compare.ts';
import { differences } from './corpus/differences.ts';
import { fileNameOf } from './corpus/golden.ts';
import { states } from './corpus/states.ts';

describe('what DVC answered in every state of the corpus', () => {
  let found: readonly Differing[];
  before(async () => { found = await differencesFromGolden(); });

  test('we answer, too, or a row says why not', () => {
    assert.equal(found.filter(({ because }) => because === undefined).map(shown).join('\n'), '');
  });

  test('no row explains a difference that is not there', () => {
    assert.deepEqual(differences.filter((row) => !found.some(({ because }) => because === row)).map(({ reason }) => reason), []);
  });

  test('the page says what came of it', async () => {
    assert.equal(readFileSync(join(projectFolder, COMPATIBILITY_PAGE), 'utf8'), await compatibilityPage(found), 'write it anew: node dist/test/interop/write-compatibility.js');
  });

  test('nothing is kept of a state that is no more', () => {
    assert.deepEqual(readdirSync(join(projectFolder, 'test/golden/dvc-3.67.1/corpus')).sort(), states.map(({ name }) => fileNameOf(name)).sort());
  });
});
