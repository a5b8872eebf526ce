import { exists } from '../../clearml/verbs/look.ts';
import { defineCommand } from '../command.ts';
import { withClearml } from '../open-clearml.ts';

export const clearmlExists = defineCommand({
  positionals: ['url'],
  flags: {},
  examples: ['tow clearml exists s3://bucket/models/model.bin'],
  run: ({ positionals: [url = ''] }, context) => withClearml(context, async (session) => ({ url, exists: await exists(session, url, { signal: context.signal }) })),
  text: ({ exists: isThere }) => [String(isThere)],
  exitCode: ({ exists: isThere }) => (isThere ? 0 : 1),
});
