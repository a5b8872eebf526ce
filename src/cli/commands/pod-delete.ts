import { parsePodReference } from '../../pods/names.ts';
import { defineCommand } from '../command.ts';
import { confirmed } from '../confirmed.ts';
import { withPods } from '../open-pods.ts';

export const podDelete = defineCommand({
  positionals: ['name', '[remote]'],
  flags: { yes: { type: 'boolean', short: 'y', help: 'do not ask' } },
  examples: ['tow pod delete env:3', 'tow pod delete env team --yes'],
  failure: 'Unable to delete Cloud Pod',
  run: async ({ flags, positionals: [text = '', remote] }, context) => withPods(context, remote, async (pods) => {
    const { name, version } = parsePodReference(text);
    const what = version === undefined ? `all versions of pod '${name}'` : `version ${version} of pod '${name}'`;
    // LocalStack asks nobody; where nobody can be asked, neither do we.
    if (!flags.yes && context.ask && !(await confirmed(context, `Delete ${what} from ${pods.displayUrl}? [y/n]: `))) return { name: text, deleted: [], wasStopped: true };
    return { name: text, deleted: await pods.delete(name, version, { signal: context.signal }), wasStopped: false };
  }),
  text: ({ name, wasStopped }) => (wasStopped ? ['Nothing was deleted.'] : [`Successfully deleted Cloud Pod '${name}'`]),
  exitCode: ({ wasStopped }) => (wasStopped ? 1 : 0),
});
