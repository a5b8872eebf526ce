import type { Flags } from './flag.ts';

/** Flags that several commands share, with DVC's words. */
export const SELECTION = {
  allBranches: { type: 'boolean', short: 'a', help: 'for the tips of all branches' },
  allTags: { type: 'boolean', short: 'T', help: 'for all tags' },
  allCommits: { type: 'boolean', short: 'A', help: 'for all commits' },
  withDeps: { type: 'boolean', short: 'd', help: 'for all dependencies of the targets' },
  recursive: { type: 'boolean', short: 'R', help: 'for everything in the given directories' },
} as const satisfies Flags;

export const TRANSFER = {
  jobs: { type: 'integer', short: 'j', help: 'how many objects to move at once' },
  remote: { type: 'string', short: 'r', value: 'name', help: 'remote storage to use' },
} as const satisfies Flags;

/** Of every command that moves data. */
export const LIMITED = { limitRate: { type: 'string', value: 'rate', help: 'move at most so many bytes a second, as 10M, 512k, UP:DOWN or off' } } as const satisfies Flags;

/** Of commands whose work several machines can share. */
export const SHARED = { shard: { type: 'string', value: 'i/n', help: 'only the i-th of n shares of the objects' } } as const satisfies Flags;

/** Of what workers can do in place of this process. */
export const WORKERS = { workers: { type: 'string', value: 'url', help: "let the workers at this Redis or PostgreSQL send the objects; see 'tow worker'" } } as const satisfies Flags;

export const LEVELS = {
  global: { type: 'boolean', group: 'level', help: "the user's settings" },
  system: { type: 'boolean', group: 'level', help: "the system's settings" },
  project: { type: 'boolean', group: 'level', help: "the project's settings (.dvc/config)" },
  local: { type: 'boolean', group: 'level', help: 'settings of this work tree, not committed (.dvc/config.local)' },
} as const satisfies Flags;
