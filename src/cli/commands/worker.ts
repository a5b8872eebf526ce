import { TowlineError } from '../../errors.ts';
import { parseQueueAddress } from '../../workers/queue-address.ts';
import { loadQueueServer } from '../../workers/queue-server.ts';
import { work } from '../../workers/work.ts';
import { defineCommand } from '../command.ts';
import { LIMITED, TRANSFER } from '../flags.ts';
import { withUnlockedRepository } from '../open-repository.ts';
import { summary } from '../wording.ts';

/** Long enough for a machine that is out of breath, short enough that nobody waits long for what a dead one had. */
const LEASE_SECONDS = 30;

export const worker = defineCommand({
  positionals: ['url'],
  flags: {
    ...TRANSFER,
    ...LIMITED,
    lease: { type: 'integer', value: 'seconds', help: `others take over after so long without a sign of life (default: ${LEASE_SECONDS})` },
    idle: { type: 'integer', value: 'seconds', help: 'end when there was nothing to do for so long (default: go on until stopped)' },
  },
  examples: ['tow worker redis://queue.example.com', 'tow worker --idle 60 postgres://tow@db.example.com/jobs', 'tow worker -r store redis://localhost'],
  async run({ flags, positionals: [url = ''] }, context) {
    const { lease = LEASE_SECONDS, idle, remote: name } = flags;
    if (lease < 1) throw new TowlineError('INVALID_ARGUMENT', 'argument --lease: expected a number of seconds above 0', { context: { usage: true } });
    const server = await loadQueueServer(parseQueueAddress(url, context));
    return await withUnlockedRepository(context, async (repo) => {
      const remote = repo.remote(repo.workspace, { command: 'worker <url>', ...(name !== undefined && { name }) });
      if (remote.versions) throw new TowlineError('UNSUPPORTED', `remote '${remote.name}' keeps the files themselves in versions, which workers cannot push`, { hint: "Name another remote with '-r'." });
      const place = { cache: repo.cache.objects, target: remote.objects };
      try {
        return await work(server, place, {
          lent: context, signal: context.signal, name: `tow-${context.pid}`, leaseSeconds: lease, ...(idle !== undefined && { idleSeconds: idle }), ...(context.jobs !== undefined && { jobs: context.jobs }),
        });
      } finally {
        await remote.close();
      }
    });
  },
  *text({ pushed, failed, lacking }) {
    yield pushed + failed + lacking === 0 ? 'There was nothing to do.' : summary([['pushed', pushed], ['failed', failed], ['lacking here', lacking]]);
  },
  // What failed here was sent, or reported, by whoever pushes.
});
