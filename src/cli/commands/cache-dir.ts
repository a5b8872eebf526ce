import { resolve } from 'node:path';
import { setOption, unsetOption } from '../../remotes/edit-options.ts';
import { getOption } from '../../remotes/list-options.ts';
import { defineCommand } from '../command.ts';
import { LEVELS } from '../flags.ts';
import { changeConfig, levelOf, openConfig, rootOf } from '../open-config.ts';

const NAME = { section: 'cache', option: 'dir', name: 'cache' };

export const cacheDir = defineCommand({
  positionals: ['[value]'],
  flags: { ...LEVELS, unset: { type: 'boolean', short: 'u', help: 'use the default one again' } },
  examples: ['tow cache dir', 'tow cache dir --local /mnt/cache'],
  async run({ flags, positionals: [value] }, context) {
    const level = levelOf(flags);
    if (value !== undefined || flags.unset) {
      return { output: await changeConfig(context, flags, (config) => (value === undefined || flags.unset ? unsetOption(config, NAME, level) : setOption(config, NAME, { ...level, value, cwd: context.cwd }))) };
    }
    const root = rootOf(context.cwd);
    const fallback = root === undefined || level.level !== undefined ? undefined : resolve(root, '.dvc/cache');
    const found = await getOption(await openConfig(context), NAME, level);
    return { output: [found?.value ?? fallback ?? ''] };
  },
  text: ({ output }) => output,
});
