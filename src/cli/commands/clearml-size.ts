import { metadata } from '../../clearml/verbs/look.ts';
import { TowlineError } from '../../errors.ts';
import { defineCommand } from '../command.ts';
import { withClearml } from '../open-clearml.ts';

export const clearmlSize = defineCommand({
  positionals: ['url'],
  flags: {},
  examples: ['tow clearml size s3://bucket/models/model.bin'],
  run: ({ positionals: [url = ''] }, context) => withClearml(context, async (session) => {
    const { name, size } = await metadata(session, url, { signal: context.signal });
    if (size === null) throw new TowlineError('UNSUPPORTED', `the server does not say how large '${url}' is`, { hint: "'tow clearml cat URL | wc --bytes' counts it." });
    return { url, name, size };
  }),
  text: ({ size }) => [String(size)],
});
