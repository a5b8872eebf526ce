import { dirname, resolve } from 'node:path';

import { TowlineError } from '../../errors.ts';
import { mergeDvcFile } from '../../repo/verbs/merge-dvc-file.ts';
import { defineCommand } from '../command.ts';
import { withRepository } from '../open-repository.ts';

export const gitHookMergeDriver = defineCommand({
  positionals: [],
  flags: {
    ancestor: { type: 'string', value: 'file', help: 'the version both sides come from' },
    our: { type: 'string', value: 'file', help: 'our version, which becomes the merged one' },
    their: { type: 'string', value: 'file', help: 'the version of the other branch' },
    path: { type: 'string', value: 'path', help: 'where the file lies in the work tree, which says whose repository it is' },
  },
  examples: ['tow git-hook merge-driver --ancestor %O --our %A --their %B --path %P'],
  async run({ flags }, context) {
    const { ancestor, our, their, path = '.' } = flags;
    if (ancestor === undefined || our === undefined || their === undefined) throw new TowlineError('INVALID_ARGUMENT', 'the following arguments are required: --ancestor, --our, --their', { context: { usage: true } });
    const [base, mine, other] = [ancestor, our, their].map((file) => resolve(context.cwd, file)) as [string, string, string];
    return withRepository({ ...context, cwd: resolve(context.cwd, dirname(path)) }, flags, (repo) => mergeDvcFile(repo, { ancestor: base, our: mine, their: other }, context));
  },
  text: () => [],
});
