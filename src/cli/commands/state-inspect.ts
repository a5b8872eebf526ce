import { openHolder } from '../../pods/holders.ts';
import { inspectState, type StateContents } from '../../pods/verbs/inspect-state.ts';
import { defineCommand } from '../command.ts';
import { columns, ENDPOINT, FORMAT, lendPods, withLocalStack } from '../open-pods.ts';

export const stateInspect = defineCommand({
  positionals: ['[source]'],
  flags: { ...ENDPOINT, ...FORMAT },
  examples: ['tow state inspect', 'tow state inspect state.zip', 'tow state inspect --format json'],
  failure: 'Failed to inspect the state',
  async run({ flags, positionals: [source] }, context) {
    const isJson = flags.format === 'json';
    const { signal } = context;
    if (source === undefined) return { isJson, resources: await withLocalStack(context, flags.endpoint, ({ runtime }) => runtime.metamodel({ signal })) };
    const taken = await openHolder(lendPods(context), { place: `zip:${source}`, endpoint: flags.endpoint, cwd: context.cwd }).holder.take({ signal });
    try {
      return { isJson, contents: await inspectState(taken.zip, { signal }) };
    } finally {
      await taken.dispose();
    }
  },
  text: ({ isJson, resources, contents }) => (isJson ? [JSON.stringify(contents ?? resources)] : contents ? tableOf(contents) : tree(resources, '')),
  json: ({ resources, contents }) => contents ?? resources,
});

function tableOf({ units, otherFiles, metadata }: StateContents): readonly string[] {
  const rows = units.map(({ account, service, region, files, bytes }) => [account, service, region, String(files), String(bytes)]);
  const version = metadata['localstack_version'];
  return [
    ...(typeof version === 'string' ? [`LocalStack ${printable(version)}`] : []),
    ...columns([['Account', 'Service', 'Region', 'Files', 'Bytes'], ...rows]),
    ...(otherFiles > 0 ? [`${otherFiles} other files`] : []),
  ];
}

/** What LocalStack says of its resources, a level of its tree deeper a level further in. */
function tree(value: unknown, indent: string): readonly string[] {
  if (typeof value !== 'object' || value === null) return [`${indent}${printable(String(value))}`];
  if (Array.isArray(value)) return value.flatMap((item) => tree(item, indent));
  return Object.entries(value).flatMap(([key, item]) => [`${indent}${printable(key)}`, ...tree(item, `${indent}  `)]);
}

const printable = (text: string): string => text.replace(/[\u0000-\u001f\u007f]/g, ' ');
