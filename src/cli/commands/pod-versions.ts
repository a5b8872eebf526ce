import type { PodVersion } from '../../pods/pod.ts';
import { parsePodReference } from '../../pods/names.ts';
import { defineCommand } from '../command.ts';
import { columns, FORMAT, timeText, withPods } from '../open-pods.ts';

export const podVersions = defineCommand({
  positionals: ['name', '[remote]'],
  flags: FORMAT,
  examples: ['tow pod versions env', 'tow pod versions env team --format json'],
  run: async ({ flags, positionals: [name = '', remote] }, context) => withPods(context, remote, async (pods) =>
    ({ isJson: flags.format === 'json', versions: await pods.versions(parsePodReference(name).name, { signal: context.signal }) })),
  text({ isJson, versions }) {
    if (isJson) return [JSON.stringify(versions.map(versionJson))];
    const rows = versions.map(({ version, createdAt, localstackVersion, services, message }) => [String(version), timeText(createdAt), localstackVersion ?? '', services.join(','), message ?? '']);
    return columns([['Version', 'Creation Date', 'LocalStack Version', 'Services', 'Description'], ...rows]);
  },
  json: ({ versions }) => versions.map(versionJson),
});

/** LocalStack's keys, and ours behind them. */
export const versionJson = ({ version, createdAt, localstackVersion, services, message, author, size, digest, keyId }: PodVersion): Readonly<Record<string, unknown>> => ({
  version, created_at: createdAt?.toISOString() ?? null, localstack_version: localstackVersion ?? null, services, description: message ?? null, user: author ?? null, storage_size: size, digest: digest ?? null, key_id: keyId ?? null,
});
