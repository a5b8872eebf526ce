import { isDeepStrictEqual } from 'node:util';
import { differences, type Difference, type Part } from './differences.ts';
import type { Answer, Answers } from './lab.ts';

/** One answer that is not DVC's. */
export interface Differing {
  readonly state: string;
  readonly ask: string;
  readonly part: Part;
  readonly ours: unknown;
  readonly theirs: unknown;
  /** Absent where nobody meant it. */
  readonly because?: Difference;
}

/** What making a state gave is compared like an answer, under this name. */
const MADE = 'made';

/** Every part of our answers that differs from DVC's. Only what both were asked is compared. */
export function compare(state: string, ours: Answers, theirs: Answers): readonly Differing[] {
  const made = partsOf({ state, ask: MADE }, { code: 0, out: [], changes: ours.made }, { code: 0, out: [], changes: theirs.made });
  return [...made, ...Object.entries(ours.answers).flatMap(([ask, answer]) => {
    const other = theirs.answers[ask];
    if (other === undefined) throw new Error(`DVC was never asked '${ask}' in '${state}': node dist/test/interop/corpus/record.js '${state}'`);
    return partsOf({ state, ask }, answer, other);
  })];
}

function partsOf(where: Pick<Differing, 'state' | 'ask'>, ours: Answer, theirs: Answer): readonly Differing[] {
  const parts: readonly (readonly [Part, unknown, unknown])[] = [['code', ours.code, theirs.code], ['out', ours.out, theirs.out], ['files', ...onlyDiffering(withoutOwn(ours.changes), withoutOwn(theirs.changes))]];
  return parts.filter(([, mine, other]) => !isDeepStrictEqual(mine, other)).map(([part, mine, other]) => {
    const found = { ...where, part, ours: mine, theirs: other };
    const because = differences.find((one) => one.states.test(where.state) && one.asks.test(where.ask) && explains(one, found));
    return { ...found, ...(because && { because }) };
  });
}

/** Whether a row allows just this: an exit code and its counterpart, or every line that only one of the two has. */
function explains(row: Difference, { part, ours, theirs }: Differing): boolean {
  if (part === 'code') return row.code?.[0] === ours && row.code?.[1] === theirs;
  const allowed = row[part];
  const lines = differing(ours, theirs);
  return allowed !== undefined && lines.ours.every((line) => allowed.ours?.test(line) === true) && lines.theirs.every((line) => allowed.theirs?.test(line) === true);
}

/** What a program keeps for itself is no answer: a look of ours makes no such folder, one of DVC's does. */
function withoutOwn(changes: Answer['changes']): Answer['changes'] {
  const seen = changes['git status'];
  return typeof seen === 'string' ? { ...changes, 'git status': seen.split('\n').filter((line) => !/^!! (?:.*\/)?\.dvc\/tmp\/$/.test(line)).join('\n') } : changes;
}

function onlyDiffering(ours: Answer['changes'], theirs: Answer['changes']): readonly [Answer['changes'], Answer['changes']] {
  const paths = [...new Set([...Object.keys(ours), ...Object.keys(theirs)])].filter((path) => ours[path] !== theirs[path]).sort();
  const pick = (changes: Answer['changes']): Answer['changes'] => Object.fromEntries(paths.filter((path) => path in changes).map((path) => [path, changes[path] ?? null]));
  return [pick(ours), pick(theirs)];
}

/** What differs, without the lines that both have. */
export function shown(found: Differing): string {
  const { ours, theirs } = differing(found.ours, found.theirs);
  return `${found.state}: ${found.ask}: ${found.part}\n  ours:   ${ours.join(' | ')}\n  theirs: ${theirs.join(' | ')}`;
}

/** The lines that only one of the two has, each as often as it has it more often. */
export function differing(ours: unknown, theirs: unknown): { readonly ours: readonly string[]; readonly theirs: readonly string[] } {
  return { ours: more(linesOf(ours), linesOf(theirs)), theirs: more(linesOf(theirs), linesOf(ours)) };
}

function more(lines: readonly string[], than: readonly string[]): readonly string[] {
  const left = [...than];
  return lines.filter((line) => {
    const at = left.indexOf(line);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}

/** 'key: value' of data, 'path: content' of files, where 'gone' is a file that was deleted; Git's view of them line by line, as 'git: ?? path'. */
function linesOf(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.map((one) => (typeof one === 'string' ? one : JSON.stringify(one)));
  if (typeof value !== 'object' || value === null) return [JSON.stringify(value)];
  if ('json' in value) return linesOf(value.json);
  return Object.entries(value).flatMap(([key, member]) => {
    if (key === 'git status' && typeof member === 'string') return member.split('\n').filter((line) => line !== '').map((line) => `git: ${line}`);
    return [`${key}: ${member === null ? 'gone' : typeof member === 'string' ? member : JSON.stringify(member)}`];
  });
}
