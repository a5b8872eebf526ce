import assert from 'node:assert/strict';
import { isPath, joinPath } from '../path.ts';
import { fromBytes } from '../source.ts';
import { type Case, defineCase } from './case.ts';
import { expectAbsent, expectBytes, listPaths } from './expect.ts';
import { pattern } from './material.ts';
import { supports } from '../driver.ts';

const ODD: Readonly<Record<string, string>> = {
  'spaces': ' leading and trailing ',
  'an accent composed': 'caf\u00e9',
  'an accent decomposed': 'cafe\u0301',
  'percent and digits': '%41%2F%zz%',
  'a plus': 'a+b c',
  'a hash': 'a#b',
  'a question mark': 'a?b=c',
  'an ampersand and an equals sign': 'a&b=c',
  'quotes': `it's "quoted" \`so\``,
  'a tilde': '~home',
  'a trailing dot': 'ends.',
  'leading dots': '...three',
  'a leading dash': '-rf',
  'brackets and braces': '[a]{b}(c)<d>',
  'punctuation': 'a,b;c:d@e!f$g*h^i|j',
  'a backslash': 'a\\b',
  'an emoji': 'tow \u{1f6a2}',
  'a right-to-left script': '\u05e9\u05dc\u05d5\u05dd',
  'a long name': 'n'.repeat(200),
};

/** What becomes of names. */
export const nameCases: readonly Case[] = [
  ...Object.entries(ODD).map(([what, name]) => defineCase({
    name: `names: ${what} in a name`,
    needs: ['write'],
    async run(driver, scratch) {
      const path = joinPath(scratch, name, `in ${name.slice(0, 40)}`);

      const written = await driver.write(path, fromBytes(pattern(50)));

      assert.equal(written.entry.path, path);
      assert.equal((await driver.stat(path)).path, path);
      await expectBytes(driver, path, pattern(50));
      if (supports(driver, 'list')) assert.deepEqual(await listPaths(driver, scratch), [path]);
      if (!supports(driver, 'delete')) return;
      await driver.delete([{ path }]);
      await expectAbsent(driver, path);
    },
  })),
  defineCase({
    name: 'names: capital and small letters differ',
    needs: ['write'],
    async run(driver, scratch) {
      await driver.write(joinPath(scratch, 'Case'), fromBytes(pattern(10, 1)));
      await driver.write(joinPath(scratch, 'case'), fromBytes(pattern(20, 2)));

      await expectBytes(driver, joinPath(scratch, 'Case'), pattern(10, 1));
      await expectBytes(driver, joinPath(scratch, 'case'), pattern(20, 2));
    },
  }),
  defineCase({
    name: 'names: a composed and a decomposed accent are two names',
    needs: ['write'],
    async run(driver, scratch) {
      await driver.write(joinPath(scratch, 'caf\u00e9'), fromBytes(pattern(10, 1)));
      await driver.write(joinPath(scratch, 'cafe\u0301'), fromBytes(pattern(20, 2)));

      await expectBytes(driver, joinPath(scratch, 'caf\u00e9'), pattern(10, 1));
      await expectBytes(driver, joinPath(scratch, 'cafe\u0301'), pattern(20, 2));
    },
  }),
  defineCase({
    name: 'names: an encoded name is not its decoded twin',
    needs: ['write'],
    async run(driver, scratch) {
      await driver.write(joinPath(scratch, 'A'), fromBytes(pattern(10, 1)));
      await driver.write(joinPath(scratch, '%41'), fromBytes(pattern(20, 2)));

      await expectBytes(driver, joinPath(scratch, 'A'), pattern(10, 1));
      await expectBytes(driver, joinPath(scratch, '%41'), pattern(20, 2));
    },
  }),
  defineCase({
    name: 'names: hostile ones never become a path',
    needs: [],
    async run() {
      for (const text of ['..', 'a/../b', '/etc', 'a//b', 'a/', './a', 'a/.', 'a\0b', 'a\nb', 'a\u007fb']) assert.equal(isPath(text), false, `${JSON.stringify(text)} was taken for a path`);
    },
  }),
];
