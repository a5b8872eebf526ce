import { listObjects } from '../../clearml/verbs/look.ts';
import { defineCommand } from '../command.ts';
import { withClearml } from '../open-clearml.ts';

export const clearmlLs = defineCommand({
  positionals: ['url'],
  flags: { fullPath: { type: 'boolean', help: 'print whole URLs' } },
  examples: ['tow clearml ls s3://bucket/models/', 'tow clearml ls remote://store --full-path'],
  run: ({ flags, positionals: [url = ''] }, context) => withClearml(context, async (session) => {
    const objects: { readonly name: string; readonly size: number | null; readonly url: string }[] = [];
    for await (const { name, size, url: whole } of listObjects(session, url, { signal: context.signal })) objects.push({ name, size, url: whole });
    return { objects, isFull: flags.fullPath };
  }),
  *text({ objects, isFull }) {
    for (const { name, url } of objects) yield isFull ? url : name;
  },
  json: ({ objects }) => objects,
});
