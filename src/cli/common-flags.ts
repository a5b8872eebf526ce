import type { Flags } from './flag.ts';

/** Flags of every command. */
export const COMMON_FLAGS = {
  help: { type: 'boolean', short: 'h', help: 'show this help and exit' },
  quiet: { type: 'boolean', short: 'q', help: 'print nothing but errors' },
  verbose: { type: 'boolean', short: 'v', help: 'say what is being done; twice: every request', multiple: true },
  json: { type: 'boolean', help: 'print the result as JSON' },
  cd: { type: 'string', value: 'path', help: 'change to this folder first' },
  waitForLock: { type: 'boolean', help: 'wait for another command to finish instead of failing' },
} as const satisfies Flags;
