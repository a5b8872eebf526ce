import { checkout } from '../../repo/verbs/checkout.ts';
import { fetch } from '../../repo/verbs/fetch.ts';
import { defineCommand } from '../command.ts';
import { LIMITED, SELECTION, SHARED, TRANSFER } from '../flags.ts';
import { inWorkspace, withRepository } from '../open-repository.ts';
import { refuseRuns, shardOf } from '../shard-of.ts';
import { failureSummary, faultLines, fromHere, summary, UP_TO_DATE } from '../wording.ts';
import { pullPartial } from '../../repo/verbs/pull-partial.ts';
import { changeLines, checkoutFaults, seenFrom, withAdded } from './checkout.ts';

export const pull = defineCommand({
  positionals: ['[targets...]'],
  flags: {
    ...TRANSFER,
    ...LIMITED,
    ...SHARED,
    ...SELECTION,
    force: { type: 'boolean', short: 'f', help: 'replace files whose content is saved nowhere' },
    runCache: { type: 'switch', help: 'fetch the history of runs, too' },
    glob: { type: 'boolean', help: 'targets are patterns' },
    allowMissing: { type: 'boolean', help: 'do not mind data that is nowhere' },
  },
  examples: ['tow pull', 'tow pull -r backup data/train.dvc'],
  failure: 'failed to pull data from the cloud',
  async run({ flags, positionals }, context) {
    refuseRuns(flags);
    const share = shardOf(flags);
    const { jobs, remote, runCache = false, shard: _shard, ...selection } = flags;
    const request = { ...selection, runCache, targets: positionals, cwd: context.cwd };
    // Objects come side by side with those of other pulls; the workspace is changed by one at a time.
    return withRepository(context, { ...flags, isShared: true }, async (repo) => {
      const fetched = await fetch(repo, { ...request, ...share, ...(remote !== undefined && { remote }), ...(jobs !== undefined && jobs > 0 && { jobs }) }, context);
      return await inWorkspace(repo, context, async () => {
        const done = await checkout(repo, { ...request, onlyWhole: share.shard !== undefined }, context);
        for (const path of done.waiting) context.warn({ code: 'WAITING', text: `'${fromHere(repo.root, context.cwd, path)}' was left as it is: not all of it is in the cache yet` });
        // Data that was never brought here has no digests to share it by.
        const partial = (share.shard?.index ?? 1) > 1 ? { added: [], files: 0, failed: [] } : await pullPartial(repo, { ...request, ...(jobs !== undefined && jobs > 0 && { jobs }) }, context);
        return {
          fetch: { ...fetched, ...(flags.allowMissing && { missing: [] }), fetched: fetched.fetched + partial.files, failed: [...fetched.failed, ...partial.failed] },
          checkout: seenFrom(withAdded(done, partial), (path) => fromHere(repo.root, context.cwd, path)),
        };
      });
    });
  },
  *text({ fetch: { fetched, failed, missing }, checkout: done }) {
    yield* changeLines(done);
    const { modified, added, deleted } = done.files;
    const line = summary([['fetched', fetched], ['modified', modified], ['added', added], ['deleted', deleted]]);
    if (line !== '') yield line;
    else if (failed.length + missing.length + done.failed.length === 0) yield UP_TO_DATE;
  },
  *faults({ fetch: fetched, checkout: done }) {
    yield* faultLines(fetched.missing, fetched.failed);
    for (const line of checkoutFaults(done)) yield `failed to pull data from the cloud - ${line}`;
    if (done.failed.length === 0 && fetched.failed.length + fetched.missing.length > 0) yield `failed to pull data from the cloud - ${failureSummary('download', fetched)}`;
  },
  exitCode: ({ fetch: fetched, checkout: done }) => (fetched.failed.length + fetched.missing.length + done.failed.length > 0 ? 1 : 0),
});
