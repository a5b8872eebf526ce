import { TowlineError } from '../../errors.ts';

/** What may be asked for together, and what not. */
export interface AddFlags {
  readonly targets: readonly string[];
  readonly glob?: boolean;
  readonly noCommit?: boolean;
  readonly out?: string;
  readonly toRemote?: boolean;
  readonly remote?: string;
  readonly remoteJobs?: number;
}

/** Refuses, in DVC's words, flags that make no sense together: one that would do nothing is a mistake its user should hear of. */
export function checkFlags({ targets, glob, noCommit, out, toRemote, remote, remoteJobs }: AddFlags): void {
  const refuse = (what: string, how: string): never => { throw new TowlineError('INVALID_ARGUMENT', `${what} can't be used ${how}`); };
  if (toRemote !== true && out === undefined) {
    if (remote !== undefined) refuse('--remote', 'without --to-remote');
    if (remoteJobs !== undefined) refuse('--remote-jobs', 'without --to-remote');
    return;
  }
  const mode = `with ${toRemote === true ? '--to-remote' : '--out'}`;
  if (targets.length !== 1) refuse('multiple targets', mode);
  if (glob === true) refuse('--glob option', mode);
  if (noCommit === true) refuse('--no-commit option', mode);
}
