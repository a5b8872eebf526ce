import { defineCommand } from '../command.ts';
import { withClearmlCache } from '../open-clearml.ts';

export const clearmlCacheDir = defineCommand({
  positionals: [],
  flags: {},
  examples: ['tow clearml cache dir'],
  run: (_input, context) => withClearmlCache(context, async ({ mode }, { cacheRoot }) => ({ path: cacheRoot, mode })),
  text: ({ path }) => [path],
});
