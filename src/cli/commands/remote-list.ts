import { listRemotes } from '../../remotes/list-options.ts';
import { defineCommand } from '../command.ts';
import { LEVELS } from '../flags.ts';
import { levelOf, openConfig } from '../open-config.ts';

export const remoteList = defineCommand({
  positionals: [],
  flags: LEVELS,
  examples: ['tow remote list', 'tow remote list --json'],
  run: async ({ flags }, context) => listRemotes(await openConfig(context), levelOf(flags)),
  text: (remotes) => remotes.map(({ name, url, isDefault }) => `${padded(name)}${isDefault ? `${padded(url)}(default)` : url}`),
  json: (remotes) => remotes.map(({ name, url, isDefault }) => ({ name, url, default: isDefault })),
});

/** DVC prints a tab, which its terminal library turns into blanks up to the next column of eight. */
const padded = (text: string): string => text.padEnd((Math.floor(text.length / 8) + 1) * 8);
