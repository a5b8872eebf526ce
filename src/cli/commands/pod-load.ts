import { parsePodReference } from '../../pods/names.ts';
import { MERGE_STRATEGIES } from '../../pods/state.ts';
import { loadPod } from '../../pods/verbs/load.ts';
import { defineCommand } from '../command.ts';
import { LIMITED } from '../flags.ts';
import { confirmed } from '../confirmed.ts';
import { changeLines, downloadsOf, ENDPOINT, EXCLUDE, FORMAT, lendPods, SECRET, strategyOf, withHolder, withSecretPods } from '../open-pods.ts';

export const podLoad = defineCommand({
  positionals: ['name', '[remote]'],
  flags: {
    to: { type: 'string', value: 'place', help: 'dir:PATH or zip:PATH instead of LocalStack' },
    strategy: { type: 'string', value: 'strategy', choices: MERGE_STRATEGIES, help: 'how it comes together with what is there (default: account-region-merge; of a folder: overwrite)' },
    dryRun: { type: 'boolean', help: 'only say what would change' },
    yes: { type: 'boolean', short: 'y', help: 'do not ask' },
    ...EXCLUDE,
    ...ENDPOINT,
    ...SECRET,
    ...FORMAT,
    ...LIMITED,
  },
  examples: ['tow pod load nightly team', 'tow pod load env:3 --to dir:./state', 'tow pod load env --dry-run'],
  failure: 'Failed to load Cloud Pod',
  run: async ({ flags, positionals: [text = '', remote] }, context) => withSecretPods(context, { remote, secret: flags.secret }, async (pods) => {
    const { name, version } = parsePodReference(text);
    const result = { isJson: flags.format === 'json', name, isDry: flags.dryRun };
    if (!flags.dryRun && !flags.yes && context.ask && !(await confirmed(context, `Load pod '${text}' into ${flags.to ?? 'LocalStack'}? [y/n]: `))) return { ...result, wasStopped: true, changes: [] };
    const { disk, scratch } = lendPods(context);
    const { changes } = await withHolder(context, { place: flags.to, endpoint: flags.endpoint, exclude: flags.exclude }, async ({ kind, holder }) => {
      return await loadPod(pods, holder, { name, version, disk, scratch, downloads: downloadsOf(context), strategy: strategyOf(flags.strategy, kind), isDry: flags.dryRun, signal: context.signal });
    });
    return { ...result, wasStopped: false, changes };
  }),
  text({ isJson, isDry, wasStopped, name, changes }) {
    if (isJson) return [JSON.stringify({ name, changes })];
    if (wasStopped) return ['Nothing was changed.'];
    return isDry ? changeLines(changes) : [`Cloud Pod ${name} successfully loaded`];
  },
  json: ({ name, changes }) => ({ name, changes }),
  exitCode: ({ wasStopped }) => (wasStopped ? 1 : 0),
});
