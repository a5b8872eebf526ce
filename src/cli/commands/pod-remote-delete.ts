import { removePodRemote } from '../../pods/remotes/edit-pod-remotes.ts';
import { defineCommand } from '../command.ts';
import { changeConfig, rootOf } from '../open-config.ts';

export const podRemoteDelete = defineCommand({
  positionals: ['name'],
  flags: { global: { type: 'boolean', help: "from the user's settings, not the repository's" } },
  examples: ['tow pod remote delete team'],
  async run({ flags, positionals: [name = ''] }, context) {
    const level = flags.global || rootOf(context.cwd) === undefined ? 'global' : 'repo';
    await changeConfig(context, flags, (config) => removePodRemote(config, name, { level }));
    return { name };
  },
  text: ({ name }) => [`Successfully deleted remote '${name}'`],
});
