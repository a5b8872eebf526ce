import { shownUrl } from '../../remotes/shown-url.ts';
import { getUrl as getFromUrl } from '../../repo/verbs/get-url.ts';
import { defineCommand } from '../command.ts';
import { LIMITED } from '../flags.ts';
import { keyValues } from '../key-values.ts';
import { openConfig } from '../open-config.ts';
import { lend } from '../open-repository.ts';

export const getUrl = defineCommand({
  positionals: ['url', '[out]'],
  flags: {
    jobs: { type: 'integer', short: 'j', help: 'how many files to move at once' },
    force: { type: 'boolean', short: 'f', help: 'replace what is there' },
    fsConfig: { type: 'string', value: 'name=value', multiple: true, isGreedy: true, help: 'options of the storage of the URL' },
    ...LIMITED,
  },
  examples: ['tow get-url s3://bucket/raw/file.csv', 'tow get-url remote://store/model.bin model.bin'],
  failure: ({ positionals }) => `failed to get '${shownUrl(positionals[0] ?? '')}'`,
  async run({ flags, positionals }, context) {
    const [url = '', out] = positionals;
    const { jobs, force } = flags;
    const fsConfig = keyValues('--fs-config', flags.fsConfig);
    return getFromUrl(lend(context), await openConfig(context), { url, cwd: context.cwd, force, fsConfig, signal: context.signal, ...(out !== undefined && { out }), ...(jobs !== undefined && { jobs }) });
  },
  text: () => [],
});
