import { verify } from '../../repo/verbs/verify.ts';
import { defineCommand } from '../command.ts';
import { withRepository } from '../open-repository.ts';
import { VERIFYING, verifyOutput, verifyRequest } from '../verify-output.ts';

export const cacheVerify = defineCommand({
  positionals: [],
  flags: VERIFYING,
  examples: ['tow cache verify', 'tow cache verify --repair --from store'],
  run: async ({ flags }, context) => withRepository(context, { ...flags, isShared: flags.shard !== undefined }, (repo) => verify(repo, verifyRequest(flags, { kind: 'cache' }), context)),
  ...verifyOutput,
});
