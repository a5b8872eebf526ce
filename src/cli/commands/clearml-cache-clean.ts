import { cleanCache } from '../../clearml/verbs/clean-cache.ts';
import { defineCommand } from '../command.ts';
import { withClearmlCache } from '../open-clearml.ts';
import { formatBytes } from '../progress-line.ts';

export const clearmlCacheClean = defineCommand({
  positionals: [],
  flags: {
    all: { type: 'boolean', help: 'everything that nobody uses just now' },
    context: { type: 'string', value: 'name', help: 'only this part of the cache' },
  },
  examples: ['tow clearml cache clean', 'tow clearml cache clean --all --context datasets'],
  run: ({ flags }, context) => withClearmlCache(context, async (cache, { lent }) => cleanCache(cache, lent.disk, flags)),
  text: ({ removed, bytes }) => [`${removed} entries removed, ${formatBytes(bytes)}`],
});
