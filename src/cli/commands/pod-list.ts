import picomatch from 'picomatch';
import { defineCommand } from '../command.ts';
import { columns, FORMAT, timeText, withPods } from '../open-pods.ts';

export const podList = defineCommand({
  positionals: ['[remote]'],
  flags: { match: { type: 'string', value: 'glob', help: 'only pods whose name matches' }, ...FORMAT },
  examples: ['tow pod list', "tow pod list team --match 'nightly-*'"],
  run: async ({ flags, positionals: [remote] }, context) => withPods(context, remote, async (pods) => {
    const isWanted = flags.match === undefined ? () => true : picomatch(flags.match);
    const all = (await pods.list({ signal: context.signal })).filter(({ name }) => isWanted(name));
    return { isJson: flags.format === 'json', pods: all };
  }),
  text({ isJson, pods }) {
    if (isJson) return [JSON.stringify(rowsOf(pods))];
    return pods.length === 0 ? ['No pods available'] : columns([['Name', 'Max Version', 'Last Change'], ...pods.map(({ name, maxVersion, lastChange }) => [name, String(maxVersion), timeText(lastChange)])]);
  },
  json: ({ pods }) => rowsOf(pods),
});

/** LocalStack's keys; the time in seconds since 1970. */
const rowsOf = (pods: readonly { readonly name: string; readonly maxVersion: number; readonly lastChange?: Date }[]): unknown =>
  pods.map(({ name, maxVersion, lastChange }) => ({ pod_name: name, max_version: maxVersion, last_change: lastChange === undefined ? null : Math.floor(lastChange.getTime() / 1000) }));
