import { copyRemote } from '../../repo/verbs/copy-remote.ts';
import { defineCommand } from '../command.ts';
import { LIMITED, TRANSFER } from '../flags.ts';
import { withRepository } from '../open-repository.ts';
import { few, summary, UP_TO_DATE } from '../wording.ts';

export const remoteCopy = defineCommand({
  positionals: ['from', 'to'],
  flags: { jobs: TRANSFER.jobs, ...LIMITED },
  examples: ['tow remote copy store backup', 'tow remote copy registry bucket'],
  async run({ flags: { jobs, ...flags }, positionals: [from = '', to = ''] }, context) {
    return withRepository(context, flags, (repo) => copyRemote(repo, { from, to, ...(jobs !== undefined && jobs > 0 && { jobs }) }, context));
  },
  *text({ copied, failed, keptBack }) {
    if (copied > 0) yield summary([['copied', copied]]);
    else if (failed.length + keptBack.length === 0) yield UP_TO_DATE;
  },
  *faults({ failed, keptBack }) {
    yield* few(failed.map(({ oid, reason }) => `failed to copy '${oid}' - ${reason}`));
    yield* few(keptBack.map((oid) => `the listing '${oid}' was not copied: the source lacks a file of it`));
  },
  exitCode: ({ failed, keptBack }) => (failed.length + keptBack.length > 0 ? 1 : 0),
});
