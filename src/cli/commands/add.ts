import { add as addTargets } from '../../repo/verbs/add.ts';
import { defineCommand } from '../command.ts';
import { LIMITED } from '../flags.ts';
import { withRepository } from '../open-repository.ts';
import { fromHere, toTrack } from '../wording.ts';

export const add = defineCommand({
  positionals: ['targets...'],
  flags: {
    noCommit: { type: 'boolean', help: 'do not put the data into the cache' },
    glob: { type: 'boolean', help: 'targets are patterns' },
    out: { type: 'string', short: 'o', value: 'path', help: 'put the data there' },
    toRemote: { type: 'boolean', help: 'bring the data right to the remote' },
    remote: { type: 'string', short: 'r', value: 'name', help: "with '--to-remote': the remote" },
    remoteJobs: { type: 'integer', help: "with '--to-remote': how many objects to move at once" },
    force: { type: 'boolean', short: 'f', help: 'replace what is there' },
    noRelink: { type: 'boolean', help: 'do not link the workspace to the cache' },
    ...LIMITED,
  },
  examples: ['tow add data/train', "tow add --glob 'raw/*.csv'"],
  failure: '',
  async run({ flags, positionals }, context) {
    return withRepository(context, flags, async (repo) => {
      const { out, remote, remoteJobs, ...rest } = flags;
      const known = { ...(out !== undefined && { out }), ...(remote !== undefined && { remote }), ...(remoteJobs !== undefined && { remoteJobs }) };
      const result = await addTargets(repo, { ...rest, ...known, targets: positionals, cwd: context.cwd }, context);
      return { ...result, files: result.files.map((file) => fromHere(repo.root, context.cwd, file)), hasGit: repo.workspace.git !== undefined };
    });
  },
  text: toTrack,
});
