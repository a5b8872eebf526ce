import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { type IniSection, parseIni } from './configobj.ts';
import { addSection, dropEmptySection, removeSection, renameSection, sectionText, setKey, unsetKey } from './ini-edit.ts';
import { formatSectionName } from './ini-format.ts';

interface Written { readonly value: string; readonly file: string; readonly readback: string }
const vectors = JSON.parse(readFileSync(new URL('../../test/golden/dvc-3.67.1/vectors.json', import.meta.url), 'utf8')) as { readonly ini_write: readonly Written[] };

const FILE = `# our stores
[core]
    remote = main   # the big one
	autostage=true

# Amazon
['remote "main"']
    url = s3://bucket/data
    # a note
    region = eu-west-1
# the end
`;

describe('values written are byte-equal to DVC', () => {
  for (const { value, file } of vectors.ini_write) {
    test(JSON.stringify(value), () => {
      assert.equal(setKey('', 'core', { key: 'k', value }), file);
    });
  }
});

describe('an edit changes what it names and nothing else', () => {
  const edits: readonly (readonly [string, (text: string) => string, string, string])[] = [
    ['a value in its place, its comment kept', (text) => setKey(text, 'core', { key: 'remote', value: 'other, one' }), 'remote = main   #', 'remote = "other, one"   #'],
    ['a key in another case and spelling', (text) => setKey(text, 'CORE', { key: 'AutoStage', value: 'false' }), '	autostage=true\n', '	autostage=false\n'],
    ['a new key after the last one', (text) => setKey(text, 'remote "main"', { key: 'jobs', value: '4' }), 'eu-west-1\n', 'eu-west-1\n    jobs = 4\n'],
    ['a plain section before the remotes', (text) => setKey(text, 'cache', { key: 'type', value: 'copy' }), 'autostage=true\n', 'autostage=true\n[cache]\n    type = copy\n'],
    ['a remote at the end', (text) => setKey(text, 'remote "new"', { key: 'url', value: '/d' }), '# the end\n', "# the end\n['remote \"new\"']\n    url = /d\n"],
    ['a key that goes', (text) => unsetKey(text, 'remote "main"', 'REGION'), '    region = eu-west-1\n', ''],
    ['a section that goes', (text) => removeSection(text, 'remote "main"'), FILE.slice(FILE.indexOf("['"), FILE.indexOf('# the end')), ''],
    ['a section renamed', (text) => renameSection(text, 'Remote "MAIN"', 'remote "it"'), '[\'remote "main"\']', '[\'remote "it"\']'],
  ];
  for (const [name, edit, before, after] of edits) {
    test(name, () => {
      assert.equal(edit(FILE), FILE.replace(before, () => after));
    });
    test(`${name}, with Windows line ends`, () => {
      assert.equal(edit(FILE.replaceAll('\n', '\r\n')), FILE.replace(before, () => after).replaceAll('\n', '\r\n'));
    });
  }

  test('what is already so leaves the file as it is', () => {
    assert.equal(setKey(FILE, 'core', { key: 'remote', value: 'main' }), FILE);
    assert.equal(unsetKey(FILE, 'core', 'nosuch'), FILE);
    assert.equal(removeSection(FILE, 'nosuch'), FILE);
  });

  test('a file without a last line end gets one before what is added', () => {
    assert.equal(setKey('[core]\n    a = 1', 'core', { key: 'b', value: '2' }), '[core]\n    a = 1\n    b = 2\n');
  });

  test('a plain section goes before the comment of the first remote', () => {
    assert.equal(setKey('# Amazon\n[\'remote "a"\']\n    url = x\n', 'core', { key: 'remote', value: 'a' }), '[core]\n    remote = a\n# Amazon\n[\'remote "a"\']\n    url = x\n');
  });

  test('an empty section line goes, one above a comment stays', () => {
    assert.equal(dropEmptySection('[core]\n[cache]\n    type = copy\n', 'core'), '[cache]\n    type = copy\n');
    assert.equal(dropEmptySection('[core]\n# note\n', 'core'), '[core]\n# note\n');
  });

  test('a section can be copied under another name', () => {
    assert.equal(sectionText(FILE, 'core'), '[core]\n    remote = main   # the big one\n\tautostage=true\n');
    assert.equal(addSection('', 'core', '    a = 1'), '[core]\n    a = 1\n');
  });
});

test('what cannot be read back is refused and the text says why', () => {
  for (const value of [`'''"""`, "'''\nb\"", 'a\u2028b', 'a\rb', 'a\u0085']) {
    assert.throws(() => setKey('', 'core', { key: 'k', value }), { code: 'INVALID_ARGUMENT', message: /the value of 'k' cannot be written/ });
  }
  assert.throws(() => formatSectionName(`remote "it's"`), { code: 'INVALID_ARGUMENT' });
});

test('white space that the plain form would lose is quoted', () => {
  assert.equal(setKey('', 'core', { key: 'k', value: '\u00a0x' }), '[core]\n    k = "\u00a0x"\n');
});

test('any value set is read back, and all else reads as before', () => {
  const key = fc.constantFrom('remote', 'autostage', 'new');
  const value = fc.array(fc.constantFrom('"', "'", ',', '#', '=', ' ', '\t', '\n', 'a', 'é', '%', '\\', '[', ']', "'''", '\u00a0'), { maxLength: 8 }).map((parts) => parts.join(''));
  fc.assert(fc.property(fc.array(fc.record({ key, value }), { maxLength: 5 }), (sets) => {
    let text = FILE;
    for (const { key: name, value: wanted } of sets) {
      const before = text;
      try {
        text = setKey(text, 'core', { key: name, value: wanted });
      } catch {
        // Refused values are the business of another test; here the text must then be unchanged.
        assert.equal(text, before);
        continue;
      }
      const [was, is] = [valuesOf(before), valuesOf(text)];
      assert.deepEqual(is.faults, []);
      assert.equal(is.values.get(`core/${name}`), wanted);
      is.values.delete(`core/${name}`);
      was.values.delete(`core/${name}`);
      assert.deepEqual(is.values, was.values);
      assert.ok(text.includes('# the big one') && text.includes('# Amazon') && text.endsWith('# the end\n'));
    }
  }), { numRuns: 2000 });
});

function valuesOf(text: string): { readonly values: Map<string, unknown>; readonly faults: readonly unknown[] } {
  const values = new Map<string, unknown>();
  const { root, faults } = parseIni(text);
  const walk = (section: IniSection, path: string): void => {
    for (const entry of section.entries) {
      if (entry.kind === 'key') values.set(path + entry.name, entry.value);
      else walk(entry, `${path}${entry.name}/`);
    }
  };
  walk(root, '');
  return { values, faults };
}
