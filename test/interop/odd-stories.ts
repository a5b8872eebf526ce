import { files, folder, link, write } from './changes.ts';
import type { Story } from './story.ts';

const ODD_NAMES = [
  'with space', ' leading', 'trailing ', "quote's", 'double"quote', '#hash', 'a#b', '%41', '100%', '%', '🎈 emoji', 'é-nfc', 'é-nfd', '.hidden', 'a:b', 'q?x=1', 'a&b', 'a+b', '[x]', '{y}', '*star', '!bang', '~tilde', '$HOME', '`tick`', '(paren)', 'semi;colon', 'comma,', 'eq=',
  'back\\slash', 'tab-less', '-dash', '--flag', '日本語', 'ﬀ', '\uE000private', '𐀀astral', 'x'.repeat(200), 'y.dvc.txt', 'null', 'true', '1e5', '@at', '|pipe',
];

/** macOS itself makes 'Icon\r' in a folder that has an icon. */
const CONTROL_NAMES = ['line\nend', 'tab\tin', 'bell\u0007', 'escape\u001b[2J', 'delete\u007f', 'Icon\r'];

// DVC takes 'a:' for a drive and puts the file for 'a:b/in' into the root; a command line takes a leading '-' for a flag.
const FOLDER_NAMES = ODD_NAMES.filter((name) => !name.startsWith('-') && !name.includes(':'));
const EATEN = "DVC's console takes '[x]' in a name for a style, and does not print it";

const RAW = "DVC's console leaves some control characters out";

/** Names that a shell, YAML, JSON, an INI file, a URL or a listing could take for something else. */
export const oddStories: readonly Story[] = [
  { name: 'odd names inside a directory', isCore: true, steps: [files(Object.fromEntries([...ODD_NAMES, ...CONTROL_NAMES].flatMap((name, index) => [[`odd/${name}`, `${index}`], [`odd/in/${name}/x`, `in ${index}`]]))), 'add odd', 'push', 'clone', 'bob: pull', 'bob: status'] },
  { name: 'files of odd names', steps: [files(Object.fromEntries(ODD_NAMES.filter((name) => !name.startsWith('-')).map((name, index) => [name, `${index}`]))), { run: ['add', ...ODD_NAMES.filter((name) => !name.startsWith('-'))] }, 'push', 'clone', { run: ['pull'], on: 'bob', worded: EATEN }, 'bob: status'] },
  { name: 'files with control characters in their names', steps: [files(Object.fromEntries(CONTROL_NAMES.map((name, index) => [name, `${index}`]))), ...CONTROL_NAMES.map((name) => ({ run: ['add', name], worded: RAW })), 'status', 'push', 'clone', { run: ['pull'], on: 'bob', worded: RAW }, 'bob: status'] },
  { name: 'folders of odd names', steps: [files(Object.fromEntries(FOLDER_NAMES.map((name, index) => [`${name}/in`, `${index}`]))), { run: ['add', ...FOLDER_NAMES.map((name) => `${name}/in`)] }, 'push', 'clone', { run: ['pull'], on: 'bob', worded: EATEN }, 'bob: status'] },
  { name: 'odd names are removed', steps: [files(Object.fromEntries(ODD_NAMES.slice(0, 3).map((name, index) => [name, `${index}`]))), { run: ['add', ...ODD_NAMES.slice(0, 3)] }, { run: ['remove', ...ODD_NAMES.slice(0, 3).map((name) => `${name}.dvc`)] }] },
  { name: 'a chain of links', steps: [write('real', 'x'), folder('data'), link('hop', 'real'), link('data/far', '../hop'), 'add data', 'push'] },
];
