import type { DriveStore, FakeFile } from './drive-fake-store.ts';
import { Refused } from './drive-fake-refusal.ts';

type Test = (file: FakeFile) => boolean;
/** A question that was read: which files it means, and which folders it names. */
export interface Question {
  readonly test: Test;
  readonly parents: readonly string[];
}

/** Reads the language of `q` (https://developers.google.com/workspace/drive/api/guides/search-files): names compare without case, as they do on Drive. */
export function readQuestion(text: string, store: DriveStore): Question {
  const words = [...text.matchAll(/'((?:[^'\\]|\\.)*)'|(!=|<=|>=|=|<|>)|([A-Za-z][\w.]*)|([()])|(\S)/g)];
  const parents: string[] = [];
  let at = 0;
  const bad = (): Refused => new Refused(400, 'invalid', `Invalid Value: ${text}`, { location: 'q' });
  const peek = (): string => words[at]?.[0] ?? '';
  const take = (): RegExpMatchArray => {
    const word = words[at++];
    if (!word || word[5] !== undefined) throw bad();
    return word;
  };
  const quoted = (word: RegExpMatchArray): string => {
    if (word[1] === undefined) throw bad();
    return word[1].replace(/\\(.)/g, '$1');
  };
  const expect = (wanted: string): void => { if (take()[0] !== wanted) throw bad(); };
  const or = (): Test => {
    let left = and();
    while (peek() === 'or') { take(); left = either(left, and()); }
    return left;
  };
  const and = (): Test => {
    let left = not();
    while (peek() === 'and') { take(); left = both(left, not()); }
    return left;
  };
  const not = (): Test => {
    if (peek() !== 'not') return single();
    take();
    const inner = single();
    return (file) => !inner(file);
  };
  const single = (): Test => {
    const word = take();
    if (word[4] === '(') {
      const inner = or();
      expect(')');
      return inner;
    }
    if (word[1] !== undefined) {
      const id = store.resolve(quoted(word));
      expect('in');
      expect('parents');
      parents.push(id);
      return (file) => file.parents.includes(id);
    }
    return comparison(word[0], take()[0], take());
  };
  const comparison = (field: string, operator: string, value: RegExpMatchArray): Test => {
    if (field === 'trashed' && operator === '=') return (file) => store.isTrashed(file) === (value[0] === 'true');
    const wanted = quoted(value).toLowerCase();
    const textOf = (file: FakeFile): string => (field === 'mimeType' ? file.mimeType : file.name).toLowerCase();
    if (!['name', 'title', 'mimeType'].includes(field)) throw bad();
    if (operator === '=') return (file) => textOf(file) === wanted;
    if (operator === '!=') return (file) => textOf(file) !== wanted;
    if (operator === 'contains') return (file) => textOf(file).startsWith(wanted);
    throw bad();
  };
  const test = text === '' ? (): boolean => true : or();
  if (at !== words.length) throw bad();
  return { test, parents };
}

const either = (one: Test, other: Test): Test => (file) => one(file) || other(file);
const both = (one: Test, other: Test): Test => (file) => one(file) && other(file);
