import { shownUrl } from '../../remotes/shown-url.ts';
import { importData } from '../../repo/verbs/import.ts';
import { defineCommand } from '../command.ts';
import { LIMITED } from '../flags.ts';
import { withRepository } from '../open-repository.ts';
import { OTHER, otherOf } from '../other-flags.ts';
import { fromHere, importLines } from '../wording.ts';

const command = defineCommand({
  positionals: ['url', 'path'],
  flags: {
    ...OTHER,
    out: { type: 'string', short: 'o', value: 'path', help: 'put it there' },
    force: { type: 'boolean', short: 'f', help: 'replace what is there' },
    noExec: { type: 'boolean', group: 'download', help: 'only make the .dvc file' },
    noDownload: { type: 'boolean', group: 'download', help: 'record the commit, and leave the data there' },
    jobs: { type: 'integer', short: 'j', help: 'how many files to move at once' },
    ...LIMITED,
  },
  examples: ['tow import https://github.com/org/repo data/train', 'tow import ../other model.bin --rev v1'],
  failure: ({ positionals: [url = '', path = ''] }) => `failed to import '${path}' from '${shownUrl(url)}'.`,
  async run({ flags, positionals }, context) {
    const [url = '', path = ''] = positionals;
    const { out, jobs, force, noExec, noDownload } = flags;
    return withRepository(context, flags, async (repo) => {
      const request = { url, path, cwd: context.cwd, force, noExec, noDownload, ...otherOf(flags) };
      const result = await importData(repo, { ...request, ...(out !== undefined && { out }), ...(jobs !== undefined && { jobs }) }, context);
      const seen = (inside: string): string => fromHere(repo.root, context.cwd, inside);
      return { ...result, path: seen(result.path), file: seen(result.file), files: result.files.map(seen), hasGit: repo.workspace.git !== undefined };
    });
  },
  text: importLines,
});

export { command as import };
