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

export const LEVELS = {
  global: { type: 'boolean', group: 'level', help: "the user's settings" },
  system: { type: 'boolean', group: 'level', help: "the system's settings" },
  project: { type: 'boolean', group: 'level', help: "the project's settings (.dvc/config)" },
  local: { type: 'boolean', group: 'level', help: 'settings of this work tree, not committed (.dvc/config.local)' },
} as const satisfies Flags;
