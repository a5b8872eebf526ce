import { renameRemote } from '../../remotes/rename-remote.ts';
import { defineCommand } from '../command.ts';
import { LEVELS } from '../flags.ts';
import { changeConfig, levelOf } from '../open-config.ts';

export const remoteRename = defineCommand({
  positionals: ['name', 'new'],
  flags: LEVELS,
  examples: ['tow remote rename storage archive'],
  run: async ({ flags, positionals: [name = '', next = ''] }, context) => changeConfig(context, flags, (config) => renameRemote(config, { name, next }, levelOf(flags))),
  text: (output) => output,
});
