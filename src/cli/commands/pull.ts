import { checkout } from '../../repo/verbs/checkout.ts';
import { fetch } from '../../repo/verbs/fetch.ts';
import { defineCommand } from '../command.ts';
import { SELECTION, TRANSFER } from '../flags.ts';
import { withRepository } from '../open-repository.ts';
import { failureSummary, faultLines, fromHere, summary, UP_TO_DATE } from '../wording.ts';
import { changeLines, checkoutFaults, seenFrom } from './checkout.ts';

export const pull = defineCommand({
  positionals: ['[targets...]'],
  flags: {
    ...TRANSFER,
    ...SELECTION,
    force: { type: 'boolean', short: 'f', help: 'replace files whose content is saved nowhere' },
    runCache: { type: 'switch', help: 'fetch the history of runs, too' },
    glob: { type: 'boolean', help: 'targets are patterns' },
    allowMissing: { type: 'boolean', help: 'do not mind data that is nowhere' },
  },
  examples: ['tow pull', 'tow pull -r backup data/train.dvc'],
  failure: 'failed to pull data from the cloud',
  async run({ flags, positionals }, context) {
    const { jobs, remote, runCache = false, ...selection } = flags;
    const request = { ...selection, runCache, targets: positionals, cwd: context.cwd };
    return withRepository(context, flags, async (repo) => {
      const fetched = await fetch(repo, { ...request, ...(remote !== undefined && { remote }), ...(jobs !== undefined && jobs > 0 && { jobs }) }, context);
      return { fetch: flags.allowMissing ? { ...fetched, missing: [] } : fetched, checkout: seenFrom(await checkout(repo, request, context), (path) => fromHere(repo.root, context.cwd, path)) };
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
