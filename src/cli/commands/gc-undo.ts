import { gcUndo as undo } from '../../repo/verbs/gc-undo.ts';
import { defineCommand } from '../command.ts';
import { withRepository } from '../open-repository.ts';
import { few } from '../wording.ts';

export const gcUndo = defineCommand({
  positionals: [],
  flags: {},
  examples: ['tow gc undo'],
  failure: 'failed to bring back what gc has removed',
  run: async ({ flags }, context) => withRepository(context, flags, async (repo) => undo(repo, context)),
  text: ({ count }) => [count > 0 ? `Brought back ${count} objects to the cache.` : "Nothing to bring back: a 'gc' of the cache can be undone while its grace lasts, one of a remote cannot."],
  *faults({ failed }) {
    yield* few(failed.map(({ path, reason }) => `failed to bring back '${path}' - ${reason}`));
  },
  exitCode: ({ failed }) => (failed.length > 0 ? 1 : 0),
});
