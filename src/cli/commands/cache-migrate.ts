import { migrateCache } from '../../repo/verbs/migrate-cache.ts';
import { defineCommand } from '../command.ts';
import { withRepository } from '../open-repository.ts';
import { few, fromHere, toTrack } from '../wording.ts';

export const cacheMigrate = defineCommand({
  positionals: [],
  flags: {
    dvcFiles: { type: 'boolean', help: 'also the entries in .dvc files and dvc.lock' },
    dry: { type: 'boolean', help: 'change nothing, only say what would be' },
  },
  examples: ['tow cache migrate --dry', 'tow cache migrate --dvc-files'],
  async run({ flags }, context) {
    return withRepository(context, flags, async (repo) => {
      const { files, ...result } = await migrateCache(repo, flags, context);
      if (result.waiting.length > 0) context.warn({ code: 'LISTING_WAITS', text: `${result.waiting.length} listings of directories stay only where DVC 2 has them: the cache lacks files of theirs. 'tow fetch' brings those; then run this again.` });
      return { ...result, files: files.map((file) => fromHere(repo.root, context.cwd, file)), hasGit: repo.workspace.git !== undefined, dvcFiles: flags.dvcFiles, dry: flags.dry };
    });
  },
  *text(result) {
    const { objects, migrated, files, lost, dvcFiles, dry } = result;
    yield dry ? `${objects} files will be re-hashed and migrated to the DVC 3.0 cache location.` : `Migrated ${migrated} files to DVC 3.0 cache location.`;
    if (!dvcFiles) return;
    if (files.length + lost.length === 0) yield 'No DVC files in the repo to migrate to the 3.0 format.';
    else if (dry) yield* ['Entries in following DVC files will be migrated to the 3.0 format:', ...files.map((file) => `\t${file}`)];
    else {
      for (const file of files) yield /(^|\/)dvc\.lock$/.test(file) ? `Updating lock file '${file}'` : `Updating DVC file '${file}'`;
      yield* toTrack(result);
    }
  },
  json: ({ hasGit: _hasGit, dvcFiles: _dvcFiles, ...result }) => result,
  *faults({ damaged, lost }) {
    yield* few(damaged.map(({ oid, reason }) => `'${oid}' in the cache of DVC 2 is damaged, and was not migrated - ${reason}`));
    yield* few(lost.map(({ oid, path, reason }) => `'${path}' (${oid}): ${reason}`));
  },
  exitCode: ({ damaged, lost }) => (damaged.length + lost.length > 0 ? 1 : 0),
});
