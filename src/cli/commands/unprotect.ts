import { unprotect as unprotectFiles } from '../../repo/verbs/unprotect.ts';
import { defineCommand } from '../command.ts';
import { withRepository } from '../open-repository.ts';

export const unprotect = defineCommand({
  positionals: ['targets...'],
  flags: {},
  examples: ['tow unprotect data/train'],
  failure: 'failed to unprotect',
  run: async ({ flags, positionals }, context) => withRepository(context, flags, (repo) => unprotectFiles(repo, { targets: positionals, cwd: context.cwd }, context)),
  text: () => [],
});
