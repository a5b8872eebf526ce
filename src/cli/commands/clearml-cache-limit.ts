import { limitCache, shownLimit } from '../../clearml/verbs/clean-cache.ts';
import { TowlineError } from '../../errors.ts';
import { defineCommand } from '../command.ts';
import { withClearmlCache } from '../open-clearml.ts';
import { formatBytes } from '../progress-line.ts';

export const clearmlCacheLimit = defineCommand({
  positionals: ['[count]'],
  flags: { context: { type: 'string', value: 'name', help: 'only this part of the cache' } },
  examples: ['tow clearml cache limit', 'tow clearml cache limit 20 --context datasets'],
  run: ({ flags, positionals: [count] }, context) => withClearmlCache(context, async (cache, session) => {
    const limit = shownLimit(session.config, cache);
    if (count === undefined) return limit;
    if (!/^\d+$/.test(count)) throw new TowlineError('INVALID_ARGUMENT', `argument count: invalid number of entries: '${count}'`, { context: { usage: true } });
    return { ...limit, ...limitCache(cache, Number(count), flags.context) };
  }),
  *text({ mode, entries, mostUsedBytes, leastFreeBytes, origin, removed, bytes }) {
    if (removed !== undefined) {
      yield `${removed} entries removed, ${formatBytes(bytes ?? 0)}`;
      yield `To keep it so, set sdk.storage.cache.default_cache_manager_size: ${entries ?? 0} in clearml.conf.`;
    } else if (mode === 'count') yield `${entries ?? 0} entries in each context (${origin})`;
    else yield `${mostUsedBytes === undefined ? 'any size' : `at most ${formatBytes(mostUsedBytes)}`}, ${leastFreeBytes === undefined ? 'until the disk is full' : `at least ${formatBytes(leastFreeBytes)} of the disk left free`} (${origin})`;
  },
});
