import { TowlineError } from '../../errors.ts';
import { destroy as destroyRepository } from '../../repo/verbs/destroy.ts';
import { confirmed } from '../confirmed.ts';
import { defineCommand } from '../command.ts';
import { withRepository } from '../open-repository.ts';

const QUESTION = 'This will destroy all information about your pipelines, all data files, as well as cache in .dvc/cache.\nAre you sure you want to continue? [y/n] ';

export const destroy = defineCommand({
  positionals: [],
  flags: { force: { type: 'boolean', short: 'f', help: 'do not ask' } },
  examples: ['tow destroy', 'tow destroy -f'],
  failure: 'failed to destroy DVC',
  run: async ({ flags }, context) =>
    withRepository(context, flags, async (repo) => {
      if (!flags.force && !(await confirmed(context, QUESTION))) throw new TowlineError('PRECONDITION_FAILED', 'cannot destroy without a confirmation from the user. Use `-f` to force.', { hint: 'The data in the workspace would stay.' });
      return destroyRepository(repo, context);
    }),
  text: () => [],
});
