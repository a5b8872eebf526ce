import { fetch as fetchObjects } from '../../repo/verbs/fetch.ts';
import { defineCommand } from '../command.ts';
import { LIMITED, SELECTION, SHARED, TRANSFER } from '../flags.ts';
import { withRepository } from '../open-repository.ts';
import { refuseRuns, shardOf } from '../shard-of.ts';
import { failureSummary, faultLines, summary, UP_TO_DATE } from '../wording.ts';

export const fetch = defineCommand({
  positionals: ['[targets...]'],
  flags: {
    ...TRANSFER,
    ...LIMITED,
    ...SHARED,
    ...SELECTION,
    runCache: { type: 'switch', help: 'fetch the history of runs, too' },
    maxSize: { type: 'integer', value: 'bytes', help: 'only data below this size' },
    type: { type: 'string', choices: ['metrics', 'plots'], multiple: true, help: 'only data of this kind' },
  },
  examples: ['tow fetch', 'tow fetch -A -r backup'],
  failure: 'failed to fetch data from the cloud',
  async run({ flags, positionals }, context) {
    refuseRuns(flags);
    const share = shardOf(flags);
    const { jobs, remote, maxSize, type, runCache = false, shard: _shard, ...selection } = flags;
    return withRepository(context, { ...flags, isShared: true }, (repo) =>
      fetchObjects(repo, {
        ...selection, ...share, runCache, targets: positionals, cwd: context.cwd, types: type as readonly ('metrics' | 'plots')[],
        ...(remote !== undefined && { remote }), ...(jobs !== undefined && jobs > 0 && { jobs }), ...(maxSize !== undefined && { maxSize }),
      }, context));
  },
  *text({ fetched, failed, missing }) {
    if (fetched > 0) yield summary([['fetched', fetched]]);
    else if (failed.length + missing.length === 0) yield UP_TO_DATE;
  },
  *faults(result) {
    yield* faultLines(result.missing, result.failed);
    if (result.failed.length + result.missing.length > 0) yield `failed to fetch data from the cloud - ${failureSummary('download', result)}`;
  },
  exitCode: ({ failed, missing }) => (failed.length + missing.length > 0 ? 1 : 0),
});
