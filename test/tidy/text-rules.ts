import { dirname, posix } from 'node:path';
import { isProduct, isSource, isTest, type Fault, type HouseFile, type Rule } from './house.ts';

const ROOMS = ['cli', 'web', 'repo', 'pods', 'clearml', 'workers', 'odb', 'remotes', 'drivers', 'oci', 'storage', 'http', 'disk', 'runtime.ts', 'errors.ts', 'index.ts'];
const FORBIDDEN_NAMES = ['utils', 'util', 'common', 'helpers', 'helper', 'shared', 'misc'];
const KEBAB = /^[a-z0-9]+(-[a-z0-9]+)*$/;
/** Doors that package.json opens to others although they stand inside a room. */
const INNER_DOORS = ['src/storage/conformance/index.ts'];
/** The memory driver talks to no service, so there is no error of another to translate; those of registries are translated in the room below. */
const WITHOUT_ERRORS = ['memory', 'oci', 'oci-layout'];

export const atMost400Lines: Rule = ({ path, text }) => {
  const lines = text.split('\n').length - (text.endsWith('\n') ? 1 : 0);
  return isSource(path) && lines > 400 ? [{ path, text: `has ${lines} lines; split where the idea splits (400 at most)` }] : [];
};

export const kebabCaseNames: Rule = ({ path }) => {
  if (!isSource(path)) return [];
  const bare = path.replace(/(\.test)?(\.d)?\.ts$/, '');
  return bare.split('/').filter((part) => !KEBAB.test(part)).map((part) => ({ path, text: `'${part}' is not kebab-case` }));
};

export const noCatchAllNames: Rule = ({ path }) => {
  const parts = path.split('/').map((part) => part.replace(/(\.test)?\.[a-z]+$/, ''));
  return parts.filter((part) => FORBIDDEN_NAMES.includes(part)).map((part) => ({ path, text: `'${part}' says nothing: name what it is, or put it beside its one user` }));
};

export const knownRooms: Rule = ({ path }) => {
  const room = path.startsWith('src/') ? path.split('/')[1] : undefined;
  return room === undefined || ROOMS.includes(room) || room === 'index.test.ts' || ROOMS.includes(room.replace('.test.ts', '.ts')) ? []
    : [{ path, text: `src/${room} is no room of the house, so no layering rule watches it` }];
};

export const indexOnlyAtADoor: Rule = ({ path }) => {
  if (!/(^|\/)index\.ts$/.test(path)) return [];
  const isDoor = /^src\/([^/]+\/)?index\.ts$/.test(path) || /^src\/drivers\/[^/]+\/index\.ts$/.test(path) || INNER_DOORS.includes(path);
  return isDoor ? [] : [{ path, text: 'index.ts stands only at a room\'s door or as a driver\'s definition: name the file after its export' }];
};

export const driversAlike: Rule = ({ path }, all) => {
  const name = /^src\/drivers\/([^/]+)\/index\.ts$/.exec(path)?.[1];
  if (name === undefined) return driverWithoutDefinition(path, all);
  const needed = ['driver.ts', ...(WITHOUT_ERRORS.includes(name) ? [] : ['errors.ts'])];
  return needed.filter((file) => !all.has(`src/drivers/${name}/${file}`)).map((file) => ({ path, text: `driver '${name}' has no ${file}: who knows one driver knows all` }));
};

function driverWithoutDefinition(path: string, all: ReadonlySet<string>): readonly Fault[] {
  const name = /^src\/drivers\/([^/]+)\/[^/]+\.ts$/.exec(path)?.[1];
  return name === undefined || all.has(`src/drivers/${name}/index.ts`) ? [] : [{ path, text: `driver '${name}' has no index.ts with its schemes and options` }];
}

export const nothingLeftToDo: Rule = (file) => linesWith(file, new RegExp(`\\b(${'TO'}${'DO'}|${'FIX'}${'ME'}|${'X'}${'XX'})\\b`), (word) => `${word}: finish it or write an issue`);

/** Suppressions are allowed where a sentence says why; `oxlint-disable-next-line rule -- sentence` is the form. */
export const suppressionsGiveAReason: Rule = (file) =>
  !isSource(file.path) ? [] : linesWith(file, /\b(oxlint|eslint)-disable(?!.* -- \S+ \S+)/, (word) => `${word} without a reason after ' -- '`);

export const noTestSingledOut: Rule = (file) =>
  file.path.endsWith('.test.ts') ? linesWith(file, /\b(test|it|describe|suite)\.only\b|\bonly: true\b/, (word) => `${word} hides the other tests`) : [];

/** A test may make up a home of Ann's; what a user reads or runs names no machine at all. */
export const noPathsOfOneMachine: Rule = (file) => {
  const complain = (word: string): string => `'${word}' is a path of one machine`;
  // In gdrive://root 'root' is Google's name for a drive.
  const before = String.raw`(?<![\w.~$}*-]|gdrive:/)`;
  if (isTest(file.path)) return linesWith(file, new RegExp(`${before}/(root/\\.|work/)\\w`), complain);
  return [
    ...linesWith(file, new RegExp(`${before}/(root|work|tmp|home/[a-z]+)/\\w`), complain),
    ...linesWith(file, /\b(registry\.npmjs\.org|pypi\.org|proxy\.golang\.org)\b/, (word) => `'${word}': which registry is the user's own setting`),
  ];
};

/** The clock and chance come in through Runtime; what lint cannot see is `new Date()` without an argument. */
export const noHiddenClock: Rule = (file) =>
  isProduct(file.path) && !file.path.startsWith('src/cli/') ? linesWith(file, /\bnew Date\(\)|\bperformance\.now\(/, (word) => `${word}: the clock comes in as Runtime.now`) : [];

/** Links to files in Markdown; links to the web and to headings are left to the reader. */
export const linksResolve: Rule = ({ path, text }, all) => {
  if (!path.endsWith('.md')) return [];
  const folders = new Set([...all].flatMap((file) => ancestors(file)));
  return [...withoutCode(text).matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1] ?? '').filter((target) => !/^([a-z]+:|#)/.test(target)).filter((target) => {
    const file = posix.normalize(posix.join(dirname(path), target.replace(/#.*$/, ''))).replace(/\/$/, '');
    return !all.has(file) && !folders.has(file);
  }).map((target) => ({ path, text: `the link to '${target}' leads nowhere` }));
};

function ancestors(path: string): readonly string[] {
  const parts = path.split('/');
  return parts.map((_, index) => parts.slice(0, index).join('/') || '.');
}
const withoutCode = (text: string): string => text.replace(/```[\s\S]*?```/g, '').replace(/`[^`\n]*`/g, '');

function linesWith(file: HouseFile, pattern: RegExp, say: (word: string) => string): readonly Fault[] {
  return file.text.split('\n').flatMap((text, index) => {
    const found = pattern.exec(text);
    return found ? [{ path: file.path, line: index + 1, text: say(found[0]) }] : [];
  });
}

/** By name, in the order of STYLE.md. */
export const textRules: Readonly<Record<string, Rule>> = {
  atMost400Lines, kebabCaseNames, noCatchAllNames, knownRooms, indexOnlyAtADoor, driversAlike, nothingLeftToDo, suppressionsGiveAReason, noTestSingledOut, noPathsOfOneMachine, noHiddenClock, linksResolve,
};
