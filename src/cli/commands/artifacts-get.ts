import { shownUrl } from '../../remotes/shown-url.ts';
import { findArtifact } from '../../repo/verbs/artifacts-get.ts';
import { get as getFile, urlOf } from '../../repo/verbs/get.ts';
import { defineCommand } from '../command.ts';
import { lend } from '../open-repository.ts';
import { BRINGING, OTHER, otherOf } from '../other-flags.ts';

export const artifactsGet = defineCommand({
  positionals: ['url', 'name'],
  flags: {
    ...OTHER,
    rev: { type: 'string', value: 'version', help: 'the version of the artifact' },
    stage: { type: 'string', value: 'stage', help: 'the version that is assigned to this stage' },
    ...BRINGING,
  },
  examples: ['tow artifacts get https://github.com/org/repo model --stage prod', 'tow artifacts get ../other models:detector --rev v1.2.0'],
  failure: ({ positionals: [url = '', name = ''] }) => `failed to get '${name}' from '${shownUrl(url)}'`,
  async run({ flags, positionals }, context) {
    const [url = '', name = ''] = positionals;
    const { rev: version, stage, out, jobs, force, showUrl } = flags;
    const { revision: _version, ...overlay } = otherOf(flags);
    const call = { signal: context.signal };
    const lent = lend(context);
    const asked = { url, name, cwd: context.cwd, ...overlay, ...(version !== undefined && { version }), ...(stage !== undefined && { stage }) };
    const place = await findArtifact(lent, asked, call);
    const request = { url, cwd: context.cwd, ...overlay, ...place };
    if (showUrl) return { url: await urlOf(lent, request, call) };
    return getFile(lent, { ...request, force, ...(out !== undefined && { out }), ...(jobs !== undefined && { jobs }) }, call);
  },
  *text(result) {
    if ('url' in result) yield result.url;
    else yield `Downloaded ${result.files} file(s) to '${result.path}'`;
  },
});
