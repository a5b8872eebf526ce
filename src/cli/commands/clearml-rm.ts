import { remove } from '../../clearml/verbs/remove.ts';
import { TowlineError } from '../../errors.ts';
import { defineCommand } from '../command.ts';
import { withClearml } from '../open-clearml.ts';

export const clearmlRm = defineCommand({
  positionals: ['url'],
  flags: {},
  examples: ['tow clearml rm s3://bucket/models/old.bin'],
  run: ({ positionals: [url = ''] }, context) => withClearml(context, async (session) => {
    if (!(await remove(session, url, context.signal))) throw new TowlineError('NOT_FOUND', `there is no '${url}'`, { hint: "'tow clearml ls' lists what is there." });
    return { removed: url };
  }),
  text: ({ removed }) => [`Deleted ${removed}`],
});
