import { importUrl as importFrom } from '../../repo/verbs/import-url.ts';
import { defineCommand } from '../command.ts';
import { LIMITED } from '../flags.ts';
import { keyValues } from '../key-values.ts';
import { withRepository } from '../open-repository.ts';
import { fromHere, importLines } from '../wording.ts';
import { shownUrl } from '../../remotes/shown-url.ts';

export const importUrl = defineCommand({
  positionals: ['url', '[out]'],
  flags: {
    toRemote: { type: 'boolean', help: 'bring the data right to a remote' },
    remote: { type: 'string', short: 'r', value: 'name', help: "with '--to-remote': the remote" },
    noExec: { type: 'boolean', group: 'download', help: 'only make the .dvc file' },
    noDownload: { type: 'boolean', group: 'download', help: 'record what is there, and leave the data there' },
    jobs: { type: 'integer', short: 'j', help: 'how many files to move at once' },
    force: { type: 'boolean', short: 'f', help: 'replace what is there' },
    versionAware: { type: 'boolean', help: 'record the versions of the objects' },
    fsConfig: { type: 'string', value: 'name=value', multiple: true, isGreedy: true, help: 'options of the storage of the URL' },
    ...LIMITED,
  },
  examples: ['tow import-url s3://bucket/raw data', 'tow import-url remote://store/model.bin', 'tow import-url --to-remote https://example.com/big.zip'],
  failure: ({ positionals }) => `failed to import ${shownUrl(positionals[0] ?? '')}. You could also try downloading it manually, and adding it with \`dvc add\`.`,
  async run({ flags, positionals }, context) {
    const { remote, jobs, toRemote, noExec, noDownload, force, versionAware } = flags;
    const [url = '', out] = positionals;
    const fsConfig = keyValues('--fs-config', flags.fsConfig);
    return withRepository(context, flags, async (repo) => {
      const result = await importFrom(repo, {
        url, cwd: context.cwd, toRemote, noExec, noDownload, force, versionAware, fsConfig,
        ...(out !== undefined && { out }), ...(remote !== undefined && { remote }), ...(jobs !== undefined && { jobs }),
      }, context);
      const seen = (path: string): string => fromHere(repo.root, context.cwd, path);
      return { ...result, path: seen(result.path), file: seen(result.file), files: result.files.map(seen), hasGit: repo.workspace.git !== undefined };
    });
  },
  text: importLines,
});
