import { addPodRemote } from '../../pods/remotes/edit-pod-remotes.ts';
import { defineCommand } from '../command.ts';
import { changeConfig, rootOf } from '../open-config.ts';

export const podRemoteAdd = defineCommand({
  positionals: ['name', 'url'],
  flags: { global: { type: 'boolean', help: "keep it in the user's settings, not the repository's" } },
  examples: ["tow pod remote add team 's3://bucket/?access_key_id={access_key_id}&secret_access_key={secret_access_key}'", "tow pod remote add hub 'oras://{oras_username}:{oras_password}@registry.example.com/team'", 'tow pod remote add disk file:///mnt/pods'],
  async run({ flags, positionals: [name = '', url = ''] }, context) {
    const level = flags.global || rootOf(context.cwd) === undefined ? 'global' : 'repo';
    await changeConfig(context, flags, (config) => addPodRemote(config, { name, url }, { level, cwd: context.cwd }));
    return { name: name.toLowerCase() };
  },
  text: ({ name }) => [`Successfully added remote '${name}'`],
});
