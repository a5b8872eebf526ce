import { listPodRemotes } from '../../pods/remotes/edit-pod-remotes.ts';
import { defineCommand } from '../command.ts';
import { openConfig } from '../open-config.ts';
import { columns, FORMAT } from '../open-pods.ts';

export const podRemoteList = defineCommand({
  positionals: [],
  flags: FORMAT,
  examples: ['tow pod remote list'],
  run: async ({ flags }, context) => ({ isJson: flags.format === 'json', remotes: listPodRemotes(await openConfig(context)) }),
  text: ({ isJson, remotes }) => (isJson ? [JSON.stringify(remotes)] : remotes.length === 0 ? ['No remotes'] : columns([['Remote Name', 'URL'], ...remotes.map(({ name, url }) => [name, url])])),
  json: ({ remotes }) => remotes,
});
