import { du as measure } from '../../repo/verbs/du.ts';
import { defineCommand } from '../command.ts';
import { humanSize } from '../listing.ts';
import { lend } from '../open-repository.ts';
import { OTHER, otherOf } from '../other-flags.ts';

export const du = defineCommand({
  positionals: ['url', '[path]'],
  flags: { ...OTHER, summarize: { type: 'boolean', short: 's', help: 'only the sum' } },
  examples: ['tow du .', 'tow du https://github.com/org/repo data --rev v1', 'tow du . data -s'],
  async run({ flags, positionals: [url = '', path] }, context) {
    const result = await measure(lend(context), { url, cwd: context.cwd, summarize: flags.summarize, ...otherOf(flags), ...(path !== undefined && { path }) }, { signal: context.signal });
    if (result.unknown > 0) context.warn({ code: 'SIZE_UNKNOWN', text: `nobody tells the size of ${result.unknown} of the files, so they count as nothing: neither the work tree nor the cache nor the remote has them` });
    return result;
  },
  *text({ path, total, entries }) {
    const rows = [...entries, { path, size: total }].map((row) => [humanSize(row.size), row.path] as const);
    const width = Math.max(...rows.map(([size]) => size.length));
    for (const [size, name] of rows) yield `${size.padEnd(width)}  ${name}`.trimEnd();
  },
});
