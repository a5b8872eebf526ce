import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { drivers } from '../../src/drivers/index.ts';
import { remoteOptions } from '../../src/remotes/remote-options.ts';
import { projectFolder } from '../project.ts';
import { shown, shownForAll, type Shown, withoutEffect } from './options-shown.ts';

const listed = (table: Shown): readonly (readonly [file: string, option: string])[] => Object.entries(table).flatMap(([file, options]) => options.split(' ').map((option) => [file, option] as const));

/** The options that a file does not even name. */
function unnamed(table: Shown): readonly string[] {
  return listed(table).filter(([file, option]) => !new RegExp(`\\b${option}\\b`).test(readFileSync(join(projectFolder, file), 'utf8'))).map(([file, option]) => `${option} in ${file}`);
}

describe('every option of every driver is shown to have its effect by a test', () => {
  for (const [name, load] of Object.entries(drivers).filter(([one]) => one !== 'memory')) {
    it(name, async () => {
      const { options } = await load();
      const table = shown[name] ?? {};
      const known = new Set(listed(table).map(([, option]) => option));

      assert.deepEqual(unnamed(table), [], 'tests that do not name the option that they are to show');
      assert.deepEqual([...known].filter((option) => !Object.hasOwn(options, option)), [], 'options that are no more');
      assert.deepEqual(Object.keys(options).filter((option) => !known.has(option) && !Object.hasOwn(remoteOptions, option) && !Object.hasOwn(withoutEffect, option)), [], 'options that no test shows');
    });
  }

  it('what every remote has', () => { assert.deepEqual(unnamed(shownForAll), []); });
});
