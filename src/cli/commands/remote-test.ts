import { type RemoteReport, testRemote } from '../../remotes/test-remote.ts';
import { findRemote } from '../../remotes/find-remote.ts';
import { loadConfig } from '../../remotes/load-config.ts';
import { findRoot } from '../../repo/find-root.ts';
import { defineCommand } from '../command.ts';
import { lend } from '../open-repository.ts';

export const remoteTest = defineCommand({
  positionals: ['[name]'],
  flags: {},
  examples: ['tow remote test', 'tow remote test storage --json'],
  async run({ positionals: [name] }, context): Promise<RemoteReport> {
    const config = await loadConfig({ runtime: context, root: findRoot(context.cwd) });
    return testRemote(findRemote(config, name, { command: 'remote test' }), lend(context), context.signal);
  },
  *text({ name, displayUrl, checks, roundTripMs, clockSkewSeconds, left }) {
    yield `Remote '${name}' (${displayUrl})`;
    for (const { name: check, outcome, reason } of checks) yield `  ${MARKS[outcome]} ${check}${reason === undefined ? '' : `: ${reason.split('\n')[0] ?? ''}`}`;
    const count = (outcome: string): number => checks.filter((one) => one.outcome === outcome).length;
    yield '';
    if (checks.some(({ name: check, outcome }) => check.startsWith('rights:') && outcome === 'failed')) yield 'Nothing more was tried that writes: it could not all be removed again, or not be written at all.';
    yield `${count('passed')} work, ${count('failed')} fail, ${count('skipped')} do not apply.`;
    yield `Round trip ${roundTripMs.toFixed(1)} ms${clockSkewSeconds === undefined ? '' : `, its clock is ${describeSkew(clockSkewSeconds)}`}.`;
    if (left !== undefined) yield `What was tried could not all be removed: delete '${left}' on the remote.`;
  },
  exitCode: ({ checks }) => (checks.some(({ outcome }) => outcome === 'failed') ? 1 : 0),
});

const MARKS = { passed: 'ok     ', failed: 'FAILED ', skipped: '-      ' } as const;

function describeSkew(seconds: number): string {
  if (Math.abs(seconds) < 2) return 'right';
  return `${Math.abs(Math.round(seconds))} s ${seconds > 0 ? 'ahead of' : 'behind'} ours`;
}
