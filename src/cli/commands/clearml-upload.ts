import { upload, uploadFolder } from '../../clearml/verbs/upload.ts';
import { followFile } from '../../disk/read.ts';
import { resolve } from 'node:path';
import { type FolderOutcome, matchOf, outcomeOf, RECURSIVE } from '../clearml-folders.ts';
import { defineCommand } from '../command.ts';
import { LIMITED } from '../flags.ts';
import { watched, withClearml } from '../open-clearml.ts';

export const clearmlUpload = defineCommand({
  positionals: ['local', 'url'],
  flags: {
    ...RECURSIVE,
    retries: { type: 'integer', help: 'how often to try in all (default: network.file_upload_retries)' },
    ...LIMITED,
  },
  examples: ['tow clearml upload model.bin s3://bucket/models/', 'tow clearml upload results remote://store/results --recursive --match "*.json"'],
  run: ({ flags, positionals: [local = '', url = ''] }, context): Promise<FolderOutcome> => withClearml(context, async (session) => {
    const match = matchOf(flags);
    const size = followFile(resolve(context.cwd, local))?.size;
    const options = { ...watched(context, { name: 'Uploading', ...(!flags.recursive && size !== undefined && { files: 1, bytes: size }) }), retries: flags.retries };
    if (!flags.recursive) return { url: await upload(session, local, { ...options, url }), done: 1, failed: [] };
    return outcomeOf(await uploadFolder(session, local, { ...options, url, matchWildcard: match }), { url });
  }),
  text: ({ url }) => [url ?? ''],
  json: ({ url, done, failed }) => ({ url, uploaded: done, failed }),
  faults: ({ failed }) => failed.map(({ path, reason }) => `failed to upload '${path}' - ${reason}`),
  exitCode: ({ failed }) => (failed.length > 0 ? 1 : 0),
});
