import { install as installHooks } from '../../repo/verbs/install.ts';
import { defineCommand } from '../command.ts';
import { withRepository } from '../open-repository.ts';

export const install = defineCommand({
  positionals: [],
  flags: { usePreCommitTool: { type: 'boolean', help: 'write the hooks into the settings of pre-commit (https://pre-commit.com)' } },
  examples: ['tow install', 'tow install --use-pre-commit-tool && pre-commit install -t pre-commit -t pre-push -t post-checkout'],
  failure: 'failed to install DVC Git hooks',
  async run({ flags }, context) {
    const result = await withRepository(context, flags, (repo) => installHooks(repo, flags));
    if (!result.hasGit) context.warn({ code: 'NO_GIT', text: 'there is no Git here to install hooks into: nothing was done' });
    return result;
  },
  text: () => [],
});
