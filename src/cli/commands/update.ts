import { update as updateImports } from '../../repo/verbs/update.ts';
import { defineCommand } from '../command.ts';
import { LIMITED } from '../flags.ts';
import { withRepository } from '../open-repository.ts';
import { few, fromHere } from '../wording.ts';

export const update = defineCommand({
  positionals: ['targets...'],
  flags: {
    rev: { type: 'string', value: 'commit', help: 'the Git revision to follow' },
    recursive: { type: 'boolean', short: 'R', help: 'all imports in the given directories' },
    noDownload: { type: 'boolean', help: 'record what is there, and leave the data there' },
    toRemote: { type: 'boolean', help: 'bring the data right to a remote' },
    remote: { type: 'string', short: 'r', value: 'name', help: "with '--to-remote': the remote" },
    jobs: { type: 'integer', short: 'j', help: 'how many files to move at once' },
    force: { type: 'boolean', help: 'replace data whose content is saved nowhere' },
    ...LIMITED,
  },
  examples: ['tow update model.bin.dvc', 'tow update --rev v2 data.dvc'],
  failure: 'failed update data',
  async run({ flags, positionals }, context) {
    const { rev, remote, jobs, recursive, noDownload, toRemote, force } = flags;
    return withRepository(context, flags, async (repo) => {
      const result = await updateImports(repo, {
        targets: positionals, cwd: context.cwd, recursive, noDownload, toRemote, force,
        ...(rev !== undefined && { revision: rev }), ...(remote !== undefined && { remote }), ...(jobs !== undefined && { jobs }),
      }, context);
      const seen = (path: string): string => fromHere(repo.root, context.cwd, path);
      return { ...result, updated: result.updated.map((one) => ({ ...one, path: seen(one.path), file: seen(one.file) })), files: result.files.map(seen), failed: result.failed.map((one) => ({ ...one, path: seen(one.path) })), isSilent: toRemote };
    });
  },
  json: ({ isSilent: _isSilent, ...result }) => result,
  *text({ updated, files, isSilent }) {
    for (const file of files) if (/(^|\/)dvc\.lock$/.test(file)) yield `Updating lock file '${file}'`;
    // DVC has no word for it where the data does not come here.
    if (isSilent) return;
    for (const { from, path, file, isChanged, isWorktree } of updated) if (!isWorktree) yield isChanged ? `Importing '${from}' -> '${path}'` : `'${file}' didn't change, skipping`;
  },
  *faults({ failed }) {
    yield* few(failed.map(({ path, reason }) => `Could not update '${path}', ${reason}`));
  },
  exitCode: ({ failed }) => (failed.length > 0 ? 1 : 0),
});
