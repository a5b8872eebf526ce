import { type Overlay, recordedOverlay } from '../repo/sources/other-config.ts';
import type { Flags, Values } from './flag.ts';
import { LIMITED } from './flags.ts';
import { keyValues } from './key-values.ts';

/** Flags of the commands that open another repository, as DVC has them. */
export const OTHER = {
  rev: { type: 'string', value: 'commit', help: 'branch, tag or commit of the repository' },
  config: { type: 'string', value: 'path', help: 'a config file laid over that of the repository' },
  remote: { type: 'string', value: 'name', help: 'the remote of the repository to use' },
  remoteConfig: { type: 'string', value: 'name=value', multiple: true, isGreedy: true, help: 'options of that remote' },
} as const satisfies Flags;

/** And of those that bring data from it. */
export const BRINGING = {
  out: { type: 'string', short: 'o', value: 'path', help: 'put it there' },
  showUrl: { type: 'boolean', help: 'print where the data is stored, and get nothing' },
  jobs: { type: 'integer', short: 'j', help: 'how many files to move at once' },
  force: { type: 'boolean', short: 'f', help: 'replace what is there' },
  ...LIMITED,
} as const satisfies Flags;

/** What these flags say. */
export function otherOf({ rev, config, remote, remoteConfig }: Values<typeof OTHER>): Overlay & { readonly revision?: string } {
  const options = new Map(Object.entries(keyValues('--remote-config', remoteConfig)));
  return { ...(rev !== undefined && rev !== '' && { revision: rev }), ...recordedOverlay({ ...(config !== undefined && { config }), ...(remote !== undefined && { remote }), remoteConfig: options }) };
}
