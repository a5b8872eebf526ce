import { parsePodReference } from '../../pods/names.ts';
import { diffStates } from '../../pods/verbs/diff.ts';
import { defineCommand } from '../command.ts';
import { changeLines, FORMAT, SECRET, withSecretPods } from '../open-pods.ts';

export const podDiff = defineCommand({
  positionals: ['a', 'b', '[remote]'],
  flags: { ...SECRET, ...FORMAT },
  examples: ['tow pod diff env:1 env:2', 'tow pod diff nightly staging team'],
  run: async ({ flags, positionals: [a = '', b = '', remote] }, context) => withSecretPods(context, { remote, secret: flags.secret }, async (pods) => {
    const { signal } = context;
    const [before, after] = [parsePodReference(a), parsePodReference(b)];
    const [one, other] = [await pods.load(before.name, before.version, { signal }), await pods.load(after.name, after.version, { signal })];
    return { isJson: flags.format === 'json', changes: await diffStates(one.state, other.state, { signal }) };
  }),
  text: ({ isJson, changes }) => (isJson ? [JSON.stringify(changes)] : changes.length === 0 ? ['No differences.'] : changeLines(changes).slice(1)),
  json: ({ changes }) => changes,
});
