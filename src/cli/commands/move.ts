import { move as moveOutput } from '../../repo/verbs/move.ts';
import { defineCommand } from '../command.ts';
import { withRepository } from '../open-repository.ts';
import { fromHere, toTrack } from '../wording.ts';

export const move = defineCommand({
  positionals: ['src', 'dst'],
  flags: {},
  examples: ['tow move data/train data/train-2024', 'tow move raw.csv archive/'],
  failure: ({ positionals: [from = '', to = ''] }) => `failed to move '${from}' -> '${to}'`,
  async run({ flags, positionals: [from = '', to = ''] }, context) {
    return withRepository(context, flags, async (repo) => {
      const result = await moveOutput(repo, { from, to, cwd: context.cwd }, context);
      if (result.missing) context.warn({ code: 'MISSING', text: `'${result.from}' missing` });
      return { ...result, files: result.files.map((file) => fromHere(repo.root, context.cwd, file)), hasGit: repo.workspace.git !== undefined };
    });
  },
  text: toTrack,
});
