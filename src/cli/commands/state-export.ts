import { resolve } from 'node:path';
import { openHolder } from '../../pods/holders.ts';
import { defineCommand } from '../command.ts';
import { ENDPOINT, EXCLUDE, FORMAT, lendPods, SERVICES, servicesOf, withHolder } from '../open-pods.ts';

export const stateExport = defineCommand({
  positionals: ['[destination]'],
  flags: {
    from: { type: 'string', value: 'place', help: 'dir:PATH or zip:PATH instead of LocalStack' },
    ...SERVICES,
    ...EXCLUDE,
    ...ENDPOINT,
    ...FORMAT,
  },
  examples: ['tow state export', 'tow state export state.zip --services s3,sqs', "tow state export env.zip --from dir:./env --exclude '*.log'"],
  failure: 'Failed to export LocalStack state',
  run: ({ flags, positionals: [destination = 'ls-state-export'] }, context) => withHolder(context, { place: flags.from, endpoint: flags.endpoint, exclude: flags.exclude }, async ({ kind, holder }) => {
    const { signal } = context;
    const services = servicesOf(flags.services);
    const taken = await holder.take({ signal, ...(services && { services }) });
    try {
      await openHolder(lendPods(context), { place: `zip:${destination}`, cwd: context.cwd }).holder.put(taken.zip, { strategy: 'overwrite', isDry: false, signal });
      return { kind, path: resolve(context.cwd, destination), services: taken.notes.services, isJson: flags.format === 'json' };
    } finally {
      await taken.dispose();
    }
  }),
  text: ({ isJson, kind, path, services }) => [isJson ? JSON.stringify({ path, services }) : `${kind === 'localstack' ? 'LocalStack state' : 'State'} successfully exported to: ${path} ✅`],
  json: ({ path, services }) => ({ path, services }),
});
