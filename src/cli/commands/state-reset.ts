import { defineCommand } from '../command.ts';
import { ENDPOINT, SERVICES, servicesOf, withLocalStack } from '../open-pods.ts';

export const stateReset = defineCommand({
  positionals: [],
  flags: { ...SERVICES, ...ENDPOINT },
  examples: ['tow state reset', 'tow state reset --services s3,sqs'],
  failure: 'Failed to reset LocalStack state',
  run: ({ flags }, context) => withLocalStack(context, flags.endpoint, async ({ runtime }) => {
    const services = servicesOf(flags.services);
    await runtime.reset(services, { signal: context.signal });
    return { services: services ?? null };
  }),
  text: () => ['LocalStack state successfully reset'],
});
