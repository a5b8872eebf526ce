import { resolve } from 'node:path';

import { init as initFolder } from '../../repo/verbs/init.ts';
import { defineCommand } from '../command.ts';
import { lend } from '../open-repository.ts';

export const init = defineCommand({
  positionals: ['[directory]'],
  flags: {
    noScm: { type: 'boolean', help: 'for a folder that Git does not know' },
    force: { type: 'boolean', short: 'f', help: "replace '.dvc', with the cache in it" },
    subdir: { type: 'boolean', help: 'inside a subdirectory of a Git repository' },
  },
  examples: ['tow init', 'tow init --subdir'],
  failure: 'failed to initiate DVC',
  run: async ({ flags, positionals: [folder = '.'] }, context) => initFolder(lend(context), { ...flags, folder: resolve(context.cwd, folder) }),
  *text({ hasGit }) {
    yield 'Initialized DVC repository.';
    if (hasGit) yield* ['', 'You can now commit the changes to git.'];
    yield* ['', "What's next?", '------------', "- Say where the data goes: 'tow remote add -d NAME URL'", "- Track data: 'tow add PATH', then 'tow push'", "- See it all done: 'tow demo'"];
  },
});
