import { addRemote } from '../../remotes/edit-remotes.ts';
import { defineCommand } from '../command.ts';
import { LEVELS } from '../flags.ts';
import { changeConfig, levelOf } from '../open-config.ts';

export const remoteAdd = defineCommand({
  positionals: ['name', 'url'],
  flags: {
    ...LEVELS,
    default: { type: 'boolean', short: 'd', help: 'make it the default remote' },
    force: { type: 'boolean', short: 'f', help: 'replace a remote of that name' },
  },
  examples: ['tow remote add -d storage s3://bucket/prefix', 'tow remote add backup ssh://host/path', 'tow remote add disk ../storage'],
  run: async ({ flags, positionals: [name = '', url = ''] }, context) =>
    changeConfig(context, flags, (config) => addRemote(config, { name, url }, { ...levelOf(flags), cwd: context.cwd, isDefault: flags.default, force: flags.force })),
  text: (output) => output,
});
