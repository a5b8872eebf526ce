import { TowlineError } from '../../errors.ts';
import { shownUrl } from '../../remotes/shown-url.ts';
import { hasCode } from '../../errors.ts';
import { list as listOther } from '../../repo/verbs/list.ts';
import { type Command, defineCommand } from '../command.ts';
import { listingLines, treeRows } from '../listing.ts';
import { lend } from '../open-repository.ts';
import { OTHER, otherOf } from '../other-flags.ts';

export const listCommand = (name: string): Command => defineCommand({
  positionals: ['url', '[path]'],
  flags: {
    ...OTHER,
    recursive: { type: 'boolean', short: 'R', help: 'list all files below' },
    tree: { type: 'boolean', short: 'T', help: 'show folders as a tree' },
    level: { type: 'integer', short: 'L', value: 'depth', help: 'how deep to go' },
    dvcOnly: { type: 'boolean', help: 'only what DVC tracks' },
    size: { type: 'boolean', help: 'show sizes' },
    showHash: { type: 'boolean', help: 'show the hash of what DVC tracks' },
  },
  examples: [`tow ${name} https://github.com/org/repo`, `tow ${name} ../other data -R --rev v1`],
  async run({ flags, positionals }, context) {
    const [url = '', path] = positionals;
    const { recursive, tree, level, dvcOnly, size, showHash } = flags;
    if (tree && flags.json) throw new TowlineError('INVALID_ARGUMENT', 'Cannot use --tree and --json options together.', { context: { exitCode: 255 } });
    try {
      const request = { url, cwd: context.cwd, recursive: recursive || tree, dvcOnly, ...otherOf(flags), ...(path !== undefined && { path }), ...(level !== undefined && { level }) };
      return { path, entries: tree && level === 0 ? [] : await listOther(lend(context), request, { signal: context.signal }), tree, size, showHash };
    } catch (error) {
      throw inWords(error, url);
    }
  },
  *text({ path, entries, tree, size, showHash }) {
    const rows = entries.map((entry) => ({ path: entry.path, isFolder: entry.isFolder, size: entry.size, hash: entry.md5 }));
    yield* listingLines(tree ? treeRows({ path: path ?? '.', isFolder: true }, rows) : rows, { size, hash: showHash });
  },
  json: ({ entries }) => entries.map(({ path, isFolder, isOut, isExecutable, size, md5 }) => ({ isout: isOut, isdir: isFolder, isexec: isExecutable, size: size ?? null, md5: md5 ?? null, path })),
}) as Command;

/** An absent path is said as it is; what else fails is a failure to list the repository. Both end with 1. */
function inWords(error: unknown, url: string): unknown {
  if (!(error instanceof TowlineError) || error.code === 'ABORTED') return error;
  const isPath = hasCode(error, 'NOT_FOUND') && error.context['reason'] === 'no-such-path';
  const hint = error.hint === undefined ? {} : { hint: error.hint };
  return new TowlineError(error.code, isPath ? error.message : `failed to list '${shownUrl(url)}' - ${error.message}`, { cause: error, context: { exitCode: 1, ...error.context }, ...hint });
}

export const list = listCommand('list');
