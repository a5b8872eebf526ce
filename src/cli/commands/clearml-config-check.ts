import { explain } from '../../clearml/verbs/explain.ts';
import { defineCommand } from '../command.ts';
import { withClearml } from '../open-clearml.ts';

export const clearmlConfigCheck = defineCommand({
  positionals: ['url'],
  flags: {},
  examples: ['tow clearml config check s3://bucket/models'],
  run: ({ positionals: [url = ''] }, context) => withClearml(context, (session) => explain(session, url)),
  *text({ url, meant, storage, name, reason, options }) {
    yield url;
    if (meant !== url) yield `  stands for  ${meant}`;
    yield `  lies on     ${storage}${name === '' ? '' : `, as '${name}'`}`;
    yield `  because of  ${reason}`;
    for (const { key, value, origin } of options) yield `  ${key} = ${value}  (${origin})`;
  },
});
