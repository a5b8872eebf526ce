import { TowlineError } from '../../errors.ts';
import { modifyRemote } from '../../remotes/edit-remotes.ts';
import { defineCommand } from '../command.ts';
import { LEVELS } from '../flags.ts';
import { changeConfig, levelOf } from '../open-config.ts';
import { generalHelp } from '../option-help.ts';
import { readInput } from '../read-input.ts';

export const remoteModify = defineCommand({
  positionals: ['name', 'option', '[value]'],
  flags: { ...LEVELS, unset: { type: 'boolean', short: 'u', help: 'remove the option' } },
  examples: ['tow remote modify storage endpointurl https://minio.example.com', 'tow remote modify --local storage secret_access_key -'],
  moreHelp: async () => generalHelp(),
  async run({ flags, positionals: [name = '', option = '', value] }, context) {
    if (value === undefined && !flags.unset) {
      throw new TowlineError('INVALID_ARGUMENT', `'${option}' needs a value`, { context: { usage: true }, hint: `'tow remote modify ${name} ${option} VALUE' sets it, '-' instead of VALUE reads it from the standard input, '-u' removes it.` });
    }
    const given = value === '-' && !flags.unset ? await readInput(context, option) : value;
    return changeConfig(context, flags, (config) => modifyRemote(config, { name, option, value: flags.unset ? undefined : given }, { ...levelOf(flags), cwd: context.cwd }));
  },
  text: (output) => output,
});
