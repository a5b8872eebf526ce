import { verify } from '../../repo/verbs/verify.ts';
import { defineCommand } from '../command.ts';
import { withRepository } from '../open-repository.ts';
import { VERIFYING, verifyOutput, verifyRequest } from '../verify-output.ts';

export const remoteVerify = defineCommand({
  positionals: ['[name]'],
  flags: { ...VERIFYING, download: { type: 'boolean', help: 'read every object, whatever the service vouches for' } },
  examples: ['tow remote verify', 'tow remote verify store --repair --from backup', 'tow remote verify --budget 100000000000'],
  async run({ flags, positionals: [name] }, context) {
    const request = { ...verifyRequest(flags, { kind: 'remote', ...(name !== undefined && { name }) }), download: flags.download };
    return withRepository(context, { ...flags, isShared: flags.shard !== undefined }, (repo) => verify(repo, request, context));
  },
  ...verifyOutput,
});
