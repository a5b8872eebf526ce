import { flag, integer, type OptionTable, rate, seconds, text } from '../storage/options.ts';

/** The options every remote has, whatever its service. DVC's first, then ours about the layers around a driver. */
export const remoteOptions = {
  url: text('where the remote is'),
  jobs: integer('transfers at once', { minimum: 1 }),
  checksum_jobs: integer('files hashed at once', { minimum: 1 }),
  version_aware: flag('keep files under their own names, by versions', { initial: false }),
  worktree: flag('mirror the work tree', { initial: false }),
  no_traverse: flag('accepted and ignored', { initial: false, deprecated: 'listing or asking is decided by what takes fewer calls' }),
  pod_url: text('the URL of a pod remote as it was given, its placeholders not filled in', { owner: 'towline' }),
  mirrors: text('remotes that are read from where this one lacks an object or cannot be reached', { owner: 'towline' }),
  read_only: flag('refuse to write to this remote', { initial: false, owner: 'towline' }),
  retries: integer('how often a failed call is repeated', { minimum: 0, maximum: 100, initial: 6, owner: 'towline' }),
  retry_budget: seconds('for how long a failed call is repeated', { initial: 120, owner: 'towline' }),
  limit_rate: rate('bytes a second, sent and received together or UP:DOWN', { owner: 'towline' }),
  idle_timeout: seconds('how long a service may be silent', { initial: 60, owner: 'towline' }),
} as const satisfies OptionTable;

/** Keys of DVC that no value satisfies: its schema wants what a config file cannot say. They are ours to keep. */
export const IMPOSSIBLE_IN_DVC: readonly string[] = ['cache_regions', 'replication'];

/** Keys whose value may be a list without quotes. */
export const LIST_KEYS: readonly string[] = ['type', 'mirrors'];
