import { defineCommand } from '../command.ts';
import { withClearmlCache } from '../open-clearml.ts';
import { formatBytes } from '../progress-line.ts';

export const clearmlCacheList = defineCommand({
  positionals: [],
  flags: { context: { type: 'string', value: 'name', help: 'only this part of the cache' } },
  examples: ['tow clearml cache list', 'tow clearml cache list --context datasets --json'],
  run: ({ flags }, context) => withClearmlCache(context, async ({ layout }) => layout.list(flags.context).toSorted((a, b) => b.usedMs - a.usedMs)),
  *text(entries) {
    for (const { context, name, kind, bytes, usedMs } of entries) yield [new Date(usedMs).toISOString().slice(0, 19), formatBytes(bytes).padStart(11), context === '' ? name : `${context}/${name}${kind === 'folder' ? '/' : ''}`].join('  ');
    yield `${entries.length} entries, ${formatBytes(entries.reduce((sum, { bytes }) => sum + bytes, 0))}`;
  },
  json: (entries) => entries.map(({ context, name, path, kind, bytes, usedMs }) => ({ context, name, path, kind, bytes, used: new Date(usedMs).toISOString() })),
});
