import { remove as removeTargets } from '../../repo/verbs/remove.ts';
import { defineCommand } from '../command.ts';
import { withRepository } from '../open-repository.ts';

export const remove = defineCommand({
  positionals: ['targets...'],
  flags: { outs: { type: 'boolean', help: 'remove the data from the workspace, too' } },
  examples: ['tow remove data.dvc', 'tow remove train', 'tow remove data.dvc --outs'],
  failure: '',
  run: async ({ flags, positionals }, context) => withRepository(context, flags, (repo) => removeTargets(repo, { ...flags, targets: positionals, cwd: context.cwd }, context)),
  text: () => [],
});
