import { MERGE_STRATEGIES, type MergeStrategy } from '../../pods/state.ts';
import { openHolder } from '../../pods/holders.ts';
import { defineCommand } from '../command.ts';
import { ENDPOINT, FORMAT, lendPods, withLocalStack } from '../open-pods.ts';

export const stateImport = defineCommand({
  positionals: ['source'],
  flags: {
    strategy: { type: 'string', choices: MERGE_STRATEGIES, value: 'strategy', help: 'how it meets what is there (default: account-region-merge)' },
    ...ENDPOINT,
    ...FORMAT,
  },
  examples: ['tow state import state.zip', 'tow state import state.zip --strategy overwrite'],
  failure: 'Failed to import LocalStack state',
  run: ({ flags, positionals: [source = ''] }, context) => withLocalStack(context, flags.endpoint, async ({ holder }) => {
    const { signal } = context;
    const strategy = MERGE_STRATEGIES.find((one) => one === flags.strategy) ?? ('account-region-merge' satisfies MergeStrategy);
    const services: { readonly service: string; readonly status: string }[] = [];
    const taken = await openHolder(lendPods(context), { place: `zip:${source}`, cwd: context.cwd }).holder.take({ signal });
    try {
      await holder.put(taken.zip, { strategy, isDry: false, signal, onService: ({ service, status }) => { services.push({ service, status }); } });
    } finally {
      await taken.dispose();
    }
    return { source, strategy, services, isJson: flags.format === 'json' };
  }),
  text: ({ isJson, ...result }) => (isJson ? [JSON.stringify(result)] : [...result.services.map(({ service, status }) => `${service}: ${status}`), `LocalStack state successfully imported from ${result.source} ✅`]),
  json: ({ source, strategy, services }) => ({ source, strategy, services }),
});
