import { TowlineError } from '../errors.ts';
import { didYouMean } from '../remotes/did-you-mean.ts';
import { commandNamed, commands, groupNamed } from './commands.ts';
import { commandHelp, groupHelp, mainHelp } from './help.ts';
import { optionHelp, remoteTypes } from './option-help.ts';

/** The lines of `tow help`, `tow help COMMAND` and `tow help remote TYPE`. */
export async function helpTopic(words: readonly string[]): Promise<readonly string[]> {
  const [first = '', second = ''] = words;
  if (first === '') return mainHelp();
  const name = commandNamed(words);
  if (name !== undefined) {
    const command = await commands[name]?.load();
    return command ? [...commandHelp(name, command), ...(await command.moreHelp?.()) ?? []] : [];
  }
  if (first === 'remote' && second !== '') return await optionHelp(second);
  if (first === 'remote') return [...groupHelp('remote'), '', `The options of a type of remote: 'tow help remote TYPE', TYPE one of ${remoteTypes().join(', ')}.`];
  const prefix = groupNamed(words);
  if (prefix !== undefined) return groupHelp(prefix);
  throw new TowlineError('INVALID_ARGUMENT', `there is no help for '${words.join(' ')}'`, { hint: didYouMean(first, Object.keys(commands)) ?? "See 'tow --help'.", context: { usage: true } });
}
