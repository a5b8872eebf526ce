import type { Change } from '../story.ts';

/** A repository and what its user has done to it, and what both programs are asked there. */
export interface State {
  /** What it is; it also names a file. */
  readonly name: string;
  readonly steps: readonly Step[];
  /** 'git': `init` in a Git repository with the folder '../store' as its default remote, committed (usual); 'empty': a Git repository; 'bare': a folder. */
  readonly start?: 'git' | 'empty' | 'bare';
  /** The folder it is asked in, of those beside each other; without it that of Alice. */
  readonly where?: string;
  /** What is asked besides what every state is asked. */
  readonly asks?: readonly Ask[];
  /** Asked nothing but `asks`. */
  readonly isAlone?: boolean;
}

/**
 * A command line of both programs, 'git ...', 'save' (commits all to Git) or 'clone' (gives Bob a clone of what Alice has), with 'bob: ' or another
 * folder's name in front; words, where one of them holds a space; or what people do to files.
 */
export type Step = string | readonly string[] | Change | { readonly at: string; readonly change: Change };

/** A command line; words, where one of them holds a space; or one that is asked in a folder below. */
export type Ask = string | readonly string[] | { readonly run: readonly string[]; readonly below: string };

export const nameOf = (ask: Ask): string => {
  if (typeof ask === 'string') return ask;
  const words = 'run' in ask ? ask.run : ask;
  const line = words.map((word) => (/[\s'"*?]/.test(word) || word === '' ? JSON.stringify(word) : word)).join(' ');
  return 'run' in ask ? `${line} (in ${ask.below})` : line;
};

export const wordsOf = (ask: Ask): readonly string[] => (typeof ask === 'string' ? ask.split(' ') : 'run' in ask ? ask.run : ask);

/** What every state is asked: what scripts read, and what changes files. */
const EVERYWHERE: readonly Ask[] = [
  'status', 'status -c --json', 'data status --granular --unchanged --json', 'diff --json', 'list . -R --json', 'checkout', 'push', 'pull', 'commit -f', 'gc -w -f',
];

export const asksOf = (state: State): readonly Ask[] => [...(state.isAlone === true ? [] : EVERYWHERE), ...(state.asks ?? [])];

/** What only looks, after which the next may be asked at once when no file has changed. */
export const isReading = (ask: Ask): boolean => /^(status|data status|diff|list|gc -w --dry|check-ignore|root|remote list|config -l)\b/.test(wordsOf(ask).join(' '));
