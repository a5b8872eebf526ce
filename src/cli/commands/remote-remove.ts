import { removeRemote } from '../../remotes/edit-remotes.ts';
import { defineCommand } from '../command.ts';
import { LEVELS } from '../flags.ts';
import { changeConfig, levelOf } from '../open-config.ts';

export const remoteRemove = defineCommand({
  positionals: ['name'],
  flags: LEVELS,
  examples: ['tow remote remove backup'],
  run: async ({ flags, positionals: [name = ''] }, context) => changeConfig(context, flags, (config) => removeRemote(config, name, levelOf(flags))),
  text: (output) => output,
});
