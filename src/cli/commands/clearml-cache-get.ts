import { getCopy } from '../../clearml/verbs/get-copy.ts';
import { defineCommand } from '../command.ts';
import { LIMITED } from '../flags.ts';
import { watched, withClearmlCache } from '../open-clearml.ts';

export const clearmlCacheGet = defineCommand({
  positionals: ['url'],
  flags: {
    extract: { type: 'switch', help: 'whether an archive becomes the folder of what it holds (default: yes)' },
    context: { type: 'string', value: 'name', help: "which part of the cache (default: 'global')" },
    name: { type: 'string', value: 'name', help: "part of the name of an archive's folder" },
    force: { type: 'boolean', short: 'f', help: 'fetch anew what is there already' },
    ...LIMITED,
  },
  examples: ['tow clearml cache get s3://bucket/models/model.bin', 'tow clearml cache get s3://bucket/data.zip --no-extract --context datasets'],
  run: ({ flags, positionals: [url = ''] }, context) => withClearmlCache(context, async (cache, session) => ({
    url,
    path: await getCopy(session, cache, {
      ...watched(context, { name: 'Downloading', files: 1 }), url, extractArchive: flags.extract, cacheContext: flags.context, name: flags.name, forceDownload: flags.force,
    }),
  })),
  text: ({ path }) => [path],
});
