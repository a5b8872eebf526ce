import { parsePodReference } from '../../pods/names.ts';
import { inspectState } from '../../pods/verbs/inspect-state.ts';
import { defineCommand } from '../command.ts';
import { columns, FORMAT, SECRET, timeText, withSecretPods } from '../open-pods.ts';
import { versionJson } from './pod-versions.ts';

export const podInspect = defineCommand({
  positionals: ['name', '[remote]'],
  flags: { ...SECRET, ...FORMAT },
  examples: ['tow pod inspect env', 'tow pod inspect env:3 team --format json'],
  run: async ({ flags, positionals: [text = '', remote] }, context) => withSecretPods(context, { remote, secret: flags.secret }, async (pods) => {
    const { name, version } = parsePodReference(text);
    const { about, state } = await pods.load(name, version, { signal: context.signal });
    return { isJson: flags.format === 'json', about, contents: await inspectState(state, { signal: context.signal }) };
  }),
  text({ isJson, about, contents }) {
    if (isJson) return [JSON.stringify({ ...versionJson(about), name: about.name, ...contents })];
    const { units, otherFiles } = contents;
    return [
      `Name: ${about.name}`, `Version: ${about.version}`, `Created: ${timeText(about.createdAt)}`, `Size: ${about.size} bytes`, `Services: ${about.services.join(',') || 'none'}`,
      ...(about.keyId === undefined ? [] : [`Encrypted: key ${about.keyId}`]),
      ...(about.message === undefined ? [] : [`Description: ${about.message}`]), ...(about.digest === undefined ? [] : [`Digest: ${about.digest}`]),
      ...(units.length === 0 ? [] : ['', ...columns([['Account', 'Service', 'Region', 'Files', 'Bytes'], ...units.map(({ account, service, region, files, bytes }) => [account, service, region, String(files), String(bytes)])])]),
      ...(otherFiles === 0 ? [] : ['', `Other files: ${otherFiles}`]),
    ];
  },
  json: ({ about, contents }) => ({ ...versionJson(about), name: about.name, ...contents }),
});
