import { openHolder } from '../../pods/holders.ts';
import { MERGE_STRATEGIES, type StateChange } from '../../pods/state.ts';
import { defineCommand } from '../command.ts';
import { changeLines, ENDPOINT, EXCLUDE, FORMAT, lendPods, strategyOf, withHolder } from '../open-pods.ts';

export const stateImport = defineCommand({
  positionals: ['source'],
  flags: {
    to: { type: 'string', value: 'place', help: 'dir:PATH or zip:PATH instead of LocalStack' },
    strategy: { type: 'string', choices: MERGE_STRATEGIES, value: 'strategy', help: 'how it meets what is there (default: account-region-merge; of a folder: overwrite)' },
    dryRun: { type: 'boolean', help: 'say what would change, and change nothing' },
    ...EXCLUDE,
    ...ENDPOINT,
    ...FORMAT,
  },
  examples: ['tow state import state.zip', 'tow state import state.zip --strategy overwrite --dry-run', 'tow state import env.zip --to dir:./env'],
  failure: 'Failed to import LocalStack state',
  run: ({ flags, positionals: [source = ''] }, context) => withHolder(context, { place: flags.to, endpoint: flags.endpoint, exclude: flags.exclude }, async ({ kind, holder }) => {
    const { signal } = context;
    const strategy = strategyOf(flags.strategy, kind);
    const services: { readonly service: string; readonly status: string }[] = [];
    const taken = await openHolder(lendPods(context), { place: `zip:${source}`, cwd: context.cwd }).holder.take({ signal });
    let changes: readonly StateChange[];
    try {
      changes = await holder.put(taken.zip, { strategy, isDry: flags.dryRun, signal, onService: ({ service, status }) => { services.push({ service, status }); } });
    } finally {
      await taken.dispose();
    }
    return { kind, source, strategy, isDry: flags.dryRun, services, changes, isJson: flags.format === 'json' };
  }),
  *text({ isJson, isDry, kind, ...result }) {
    if (isJson) yield JSON.stringify({ isDry, ...result });
    else if (isDry) yield* changeLines(result.changes);
    else {
      if (kind === 'localstack') for (const { service, status } of result.services) yield `${service}: ${status}`;
      yield `${kind === 'localstack' ? 'LocalStack state' : 'State'} successfully imported from ${result.source} ✅`;
    }
  },
  json: ({ source, strategy, isDry, services, changes }) => ({ source, strategy, isDry, services, changes }),
});
