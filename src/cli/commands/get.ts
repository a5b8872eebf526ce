import { shownUrl } from '../../remotes/shown-url.ts';
import { get as getFile, urlOf } from '../../repo/verbs/get.ts';
import { defineCommand } from '../command.ts';
import { lend } from '../open-repository.ts';
import { BRINGING, OTHER, otherOf } from '../other-flags.ts';

export const get = defineCommand({
  positionals: ['url', 'path'],
  flags: {
    ...OTHER,
    ...BRINGING,
  },
  examples: ['tow get https://github.com/org/repo data/train', 'tow get ../other model.bin -o here.bin --rev v1'],
  failure: ({ positionals: [url = '', path = ''] }) => `failed to get '${path}' from '${shownUrl(url)}'`,
  async run({ flags, positionals }, context) {
    const [url = '', path = ''] = positionals;
    const { out, jobs, force } = flags;
    const request = { url, path, cwd: context.cwd, ...otherOf(flags) };
    const call = { signal: context.signal };
    if (flags.showUrl) return { url: await urlOf(lend(context), request, call) };
    return getFile(lend(context), { ...request, force, ...(out !== undefined && { out }), ...(jobs !== undefined && { jobs }) }, call);
  },
  *text(result) {
    if ('url' in result) yield result.url;
  },
});
