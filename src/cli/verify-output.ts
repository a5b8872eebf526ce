import { hasUnrepaired, type VerifyRequest, type VerifyResult } from '../repo/verbs/verify.ts';
import type { Values } from './flag.ts';
import { LIMITED, SHARED, TRANSFER } from './flags.ts';
import { shardOf } from './shard-of.ts';
import { formatBytes } from './progress-line.ts';
import { few } from './wording.ts';

/** The flags of both commands that verify. */
export const VERIFYING = {
  repair: { type: 'boolean', help: 'put a good copy in the place of what is damaged' },
  from: { type: 'string', value: 'name', multiple: true, help: "with '--repair': a remote to take good copies from" },
  budget: { type: 'integer', value: 'bytes', help: 'stop after reading about so many bytes; the next time goes on there' },
  jobs: TRANSFER.jobs,
  ...LIMITED,
  ...SHARED,
} as const;

/** The request that the flags make. */
export function verifyRequest({ repair, from, budget, jobs, shard }: Values<typeof VERIFYING>, place: VerifyRequest['place']): VerifyRequest {
  return { place, repair, from, ...shardOf({ shard }), ...(budget !== undefined && { budgetBytes: budget }), ...(jobs !== undefined && jobs > 0 && { jobs }) };
}

/** How both tell of what they found. */
export const verifyOutput = {
  *text({ place, checked, attested, bytesRead, left, problems }: VerifyResult): Iterable<string> {
    const repaired = problems.filter((one) => one.repaired).length;
    yield `${place}: ${checked} objects verified${attested > 0 ? ` (${attested} by the checksums of the service)` : ''}, ${formatBytes(bytesRead)} read, ${problems.length} damaged${repaired > 0 ? `, ${repaired} of them repaired` : ''}.`;
    if (left > 0) yield `${left} are left: the same command goes on with them.`;
  },
  *faults({ place, problems }: VerifyResult): Iterable<string> {
    const left = problems.filter(({ repaired }) => !repaired);
    yield* few(left.map(({ oid, path, kind, reason }) => `${path === undefined ? '' : `'${path}' `}(${oid}) is ${kind} - ${reason}`));
    if (left.length > 0) yield `${left.length} objects of '${place}' are not what their names say. '--repair' takes good copies from ${place === 'cache' ? "remotes named with '--from'" : "the cache and remotes named with '--from'"}.`;
  },
  exitCode: (result: VerifyResult): number => (hasUnrepaired(result) ? 1 : 0),
};
