import { TowlineError } from '../../errors.ts';
import { shownUrl } from '../../remotes/shown-url.ts';
import { listUrl as listAt } from '../../repo/verbs/list-url.ts';
import { type Command, defineCommand } from '../command.ts';
import { keyValues } from '../key-values.ts';
import { listingLines, treeRows } from '../listing.ts';
import { openConfig } from '../open-config.ts';
import { lend } from '../open-repository.ts';

export const listUrlCommand = (name: string): Command => defineCommand({
  positionals: ['url'],
  flags: {
    recursive: { type: 'boolean', short: 'R', help: 'list all files below' },
    tree: { type: 'boolean', short: 'T', help: 'show folders as a tree' },
    level: { type: 'integer', short: 'L', value: 'depth', help: 'how deep to go' },
    size: { type: 'boolean', help: 'show sizes' },
    fsConfig: { type: 'string', value: 'name=value', multiple: true, isGreedy: true, help: 'options of the storage of the URL' },
  },
  examples: [`tow ${name} s3://bucket/raw`, `tow ${name} -R --size remote://store`],
  async run({ flags, positionals }, context) {
    const [url = ''] = positionals;
    const { recursive, tree, level, size } = flags;
    const fsConfig = keyValues('--fs-config', flags.fsConfig);
    if (level !== undefined && level < 0) throw new TowlineError('INVALID_ARGUMENT', `argument -L/--level: invalid depth: '${level}'`, { context: { usage: true } });
    const entries = level === 0 ? [] : await listAt(lend(context), await openConfig(context), { url, cwd: context.cwd, recursive: recursive || tree, fsConfig, signal: context.signal, ...(level !== undefined && { level }) });
    return { url: shownUrl(url), entries, tree, size };
  },
  *text({ url, entries, tree, size }) {
    yield* listingLines(tree ? treeRows({ path: url, isFolder: true }, entries) : entries, { size, hash: false });
  },
  json: ({ entries }) => entries.map(({ path, isFolder, size }) => ({ path, isdir: isFolder, size: size ?? null })),
}) as Command;

export const listUrl = listUrlCommand('list-url');
