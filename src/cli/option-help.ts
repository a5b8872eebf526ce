import { drivers, schemes as schemesByName } from '../drivers/index.ts';
import { TowlineError } from '../errors.ts';
import { didYouMean } from '../remotes/did-you-mean.ts';
import { remoteOptions } from '../remotes/remote-options.ts';
import type { OptionTable } from '../storage/options.ts';
import { command, helpOf, text } from '../storage/options.ts';

/** DVC verifies nothing unless this is set; here it is accepted and changes nothing. */
const VERIFY = { ...text('accepted: what arrives is always hashed'), form: 'true|false' };

/** Stands for a row beside each secret, which would double the tables. */
const COMMAND = command("program that prints a secret: 'password_command' for 'password'", { owner: 'towline' });

type DriverName = keyof typeof drivers;

/** The types of remotes that a URL can name; what lives in this process's memory is for tests. */
export const remoteTypes = (): readonly DriverName[] => (Object.keys(drivers) as readonly DriverName[]).filter((name) => name !== 'memory' && name !== 'fileserver').toSorted();

/** The options of every remote, and where those of one type are found. */
export const generalHelp = (): readonly string[] => [
  ...section('options of every remote', { ...remoteOptions, verify: VERIFY, '<secret>_command': COMMAND }),
  '', `options of one type: 'tow help remote TYPE', TYPE one of ${remoteTypes().join(', ')}`,
];

/** The options of one type of remote, by its name or scheme, out of the table that is read. */
export async function optionHelp(type: string): Promise<readonly string[]> {
  const key = type.toLowerCase().replace(/:(\/\/)?$/, '');
  const name = remoteTypes().find((one) => one === key) ?? (Object.hasOwn(schemesByName, key) ? schemesByName[key] : undefined);
  if (name === undefined) {
    throw new TowlineError('INVALID_ARGUMENT', `there is no type of remote '${type}'`, { hint: didYouMean(key, remoteTypes()) ?? `There are ${remoteTypes().join(', ')}.`, context: { usage: true } });
  }
  const { schemes, options } = await drivers[name]();
  return [`Options of ${schemes.map(nameOf).join(', ')}, set by 'tow remote modify NAME OPTION VALUE':`, '', ...helpOf(withoutGeneral(options)), ...generalHelp()];
}

function section(title: string, table: OptionTable): readonly string[] {
  return ['', `${title}:`, ...helpOf(table).map((line) => `  ${line}`)];
}

const nameOf = (scheme: string): string => (scheme === '' ? 'a folder' : `${scheme}://`);
const withoutGeneral = (table: OptionTable): OptionTable => Object.fromEntries(Object.entries(table).filter(([key]) => key !== 'verify' && !Object.hasOwn(remoteOptions, key)));
