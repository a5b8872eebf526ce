import { TowlineError } from '../../errors.ts';
import { modifyRemote } from '../../remotes/edit-remotes.ts';
import { defineCommand } from '../command.ts';
import { LEVELS } from '../flags.ts';
import { changeConfig, levelOf } from '../open-config.ts';
import { optionHelp } from '../option-help.ts';

export const remoteModify = defineCommand({
  positionals: ['name', 'option', '[value]'],
  flags: { ...LEVELS, unset: { type: 'boolean', short: 'u', help: 'remove the option' } },
  examples: ['tow remote modify storage endpointurl https://minio.example.com', 'tow remote modify --local storage secret_access_key KEY'],
  moreHelp: optionHelp,
  async run({ flags, positionals: [name = '', option = '', value] }, context) {
    if (value === undefined && !flags.unset) {
      throw new TowlineError('INVALID_ARGUMENT', `'${option}' needs a value`, { context: { usage: true }, hint: `'tow remote modify ${name} ${option} VALUE' sets it, '-u' removes it.` });
    }
    return changeConfig(context, flags, (config) => modifyRemote(config, { name, option, value: flags.unset ? undefined : value }, { ...levelOf(flags), cwd: context.cwd }));
  },
  text: (output) => output,
});
