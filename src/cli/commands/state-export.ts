import { resolve } from 'node:path';
import { openHolder } from '../../pods/holders.ts';
import { defineCommand } from '../command.ts';
import { ENDPOINT, FORMAT, lendPods, SERVICES, servicesOf, withLocalStack } from '../open-pods.ts';

export const stateExport = defineCommand({
  positionals: ['[destination]'],
  flags: { ...SERVICES, ...ENDPOINT, ...FORMAT },
  examples: ['tow state export', 'tow state export state.zip --services s3,sqs', 'tow state export state.zip --endpoint http://ls.lan:4566'],
  failure: 'Failed to export LocalStack state',
  run: ({ flags, positionals: [destination = 'ls-state-export'] }, context) => withLocalStack(context, flags.endpoint, async ({ holder }) => {
    const { signal } = context;
    const services = servicesOf(flags.services);
    const taken = await holder.take({ signal, ...(services && { services }) });
    try {
      await openHolder(lendPods(context), { place: `zip:${destination}`, cwd: context.cwd }).holder.put(taken.zip, { strategy: 'overwrite', isDry: false, signal });
      return { path: resolve(context.cwd, destination), services: taken.notes.services, isJson: flags.format === 'json' };
    } finally {
      await taken.dispose();
    }
  }),
  text: ({ isJson, ...result }) => [isJson ? JSON.stringify(result) : `LocalStack state successfully exported to: ${result.path} ✅`],
  json: ({ path, services }) => ({ path, services }),
});
