import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { filesOf, homelessFiles, suites } from './suites.ts';

let project = '';
before(async () => {
  project = await mkdtemp(join(tmpdir(), 'towline-suites-'));
  for (const file of ['src/odb/tree.test', 'src/odb/tree', 'test/tidy.test', 'test/e2e/demo.test', 'test/elsewhere/lost.test']) await write(`${file}.ts`, `dist/${file}.js`);
  await write('dist/src/odb/gone.test.js');
});
after(() => rm(project, { recursive: true, force: true }));

describe('the suites', () => {
  it('hold the built tests of their folders, and nothing of a source that is gone', () => {
    assert.deepEqual(found('unit'), ['dist/src/odb/tree.test.js']);
    assert.deepEqual(found('tidy'), ['dist/test/tidy.test.js']);
    assert.deepEqual(found('e2e'), ['dist/test/e2e/demo.test.js']);
  });

  it('notice a test that no suite runs', () => {
    assert.deepEqual(homelessFiles(project).map(toRelative), ['dist/test/elsewhere/lost.test.js']);
  });
});

const toRelative = (file: string): string => relative(project, file);

function found(name: string): readonly string[] {
  const suite = suites.find((one) => one.name === name);
  assert.ok(suite);
  return filesOf(suite, project).map(toRelative);
}

async function write(...files: readonly string[]): Promise<void> {
  for (const file of files) {
    await mkdir(dirname(join(project, file)), { recursive: true });
    await writeFile(join(project, file), '');
  }
}
