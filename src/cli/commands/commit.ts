import { commit as commitOutputs } from '../../repo/verbs/commit.ts';
import { defineCommand } from '../command.ts';
import { withRepository } from '../open-repository.ts';
import { fromHere } from '../wording.ts';

export const commit = defineCommand({
  positionals: ['[targets...]'],
  flags: {
    force: { type: 'boolean', short: 'f', help: 'record data that has changed' },
    withDeps: { type: 'boolean', short: 'd', help: 'for all dependencies of the targets' },
    recursive: { type: 'boolean', short: 'R', help: 'for everything in the given directories' },
    noRelink: { type: 'boolean', help: 'do not link the workspace to the cache' },
  },
  examples: ['tow commit -f data.dvc'],
  failure: 'failed to commit',
  run: async ({ flags, positionals }, context) => withRepository(context, flags, async (repo) => {
    const { locks, ...result } = await commitOutputs(repo, { ...flags, targets: positionals, cwd: context.cwd }, context);
    return { ...result, locks: locks.map(({ file, isNew }) => ({ file: fromHere(repo.root, context.cwd, file), isNew })) };
  }),
  *text({ locks }) {
    for (const { file, isNew } of locks) {
      if (isNew) yield `Generating lock file '${file}'`;
      yield `Updating lock file '${file}'`;
    }
  },
});
