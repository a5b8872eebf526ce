import ignore from 'ignore';
import { TowlineError } from '../../../errors.ts';

/** Whether a path below the folder is left out; a folder's ends with '/'. Patterns are those of .gitignore. */
export type Excludes = (path: string) => boolean;

export function excludesFrom(patterns: readonly string[]): Excludes {
  const empty = patterns.find((pattern) => pattern.trim() === '');
  if (empty !== undefined) throw new TowlineError('INVALID_ARGUMENT', 'a pattern to exclude is empty');
  const rules = ignore({ ignorecase: false }).add([...patterns]);
  return (path) => rules.ignores(path);
}
