import { relative } from 'node:path';

import { findRoot } from '../../repo/find-root.ts';
import { defineCommand } from '../command.ts';

export const root = defineCommand({
  positionals: [],
  flags: {},
  examples: ['tow root'],
  run: async (_input, { cwd }) => relative(cwd, findRoot(cwd)) || '.',
  text: (path) => [path],
});
