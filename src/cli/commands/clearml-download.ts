import { download, downloadFolder } from '../../clearml/verbs/download.ts';
import { type FolderOutcome, matchOf, outcomeOf, RECURSIVE } from '../clearml-folders.ts';
import { defineCommand } from '../command.ts';
import { LIMITED } from '../flags.ts';
import { watched, withClearml } from '../open-clearml.ts';

export const clearmlDownload = defineCommand({
  positionals: ['url', 'folder'],
  flags: {
    ...RECURSIVE,
    overwrite: { type: 'boolean', help: 'replace files that are there already' },
    jobs: { type: 'integer', short: 'j', help: 'how many objects to move at once' },
    ...LIMITED,
  },
  examples: ['tow clearml download s3://bucket/models/model.bin .', 'tow clearml download s3://bucket/results out --recursive --match "*.json"'],
  run: ({ flags, positionals: [url = '', localFolder = ''] }, context): Promise<FolderOutcome> => withClearml(context, async (session) => {
    const match = matchOf(flags);
    const options = { ...watched(context, { name: 'Downloading', ...(!flags.recursive && { files: 1 }) }), localFolder, overwrite: flags.overwrite };
    if (!flags.recursive) return { path: await download(session, url, options), done: 1, failed: [] };
    const downloaded = await downloadFolder(session, url, { ...options, matchWildcard: match, maxWorkers: flags.jobs });
    return outcomeOf(downloaded, { url, path: downloaded.folder });
  }),
  text: ({ path }) => [path ?? ''],
  json: ({ path, done, failed }) => ({ path, downloaded: done, failed }),
  faults: ({ failed }) => failed.map(({ path, reason }) => `failed to download '${path}' - ${reason}`),
  exitCode: ({ failed }) => (failed.length > 0 ? 1 : 0),
});
