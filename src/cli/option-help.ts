import { drivers } from '../drivers/index.ts';
import { remoteOptions } from '../remotes/remote-options.ts';
import type { OptionTable } from '../storage/options.ts';
import { command, helpOf, text } from '../storage/options.ts';

/** DVC verifies nothing unless this is set; here it is accepted and changes nothing. */
const VERIFY = { ...text('accepted: what arrives is always hashed'), form: 'true|false' };

/** Stands for a row beside each secret, which would double the tables. */
const COMMAND = command("program that prints a secret: 'password_command' for 'password'", { owner: 'towline' });

/** The options of every remote, then those of each kind, out of the tables that are read. */
export async function optionHelp(): Promise<readonly string[]> {
  const kinds = await Promise.all(Object.values(drivers).map((load) => load()));
  return [
    ...section('options of every remote', { ...remoteOptions, verify: VERIFY, '<secret>_command': COMMAND }),
    ...kinds.filter(({ schemes }) => !schemes.includes('memory')).flatMap(({ schemes, options }) => section(`options of ${schemes.map(nameOf).join(', ')}`, withoutGeneral(options))),
  ];
}

function section(title: string, table: OptionTable): readonly string[] {
  return ['', `${title}:`, ...helpOf(table).map((line) => `  ${line}`)];
}

const nameOf = (scheme: string): string => (scheme === '' ? 'a folder' : `${scheme}://`);
const withoutGeneral = (table: OptionTable): OptionTable => Object.fromEntries(Object.entries(table).filter(([key]) => key !== 'verify' && !Object.hasOwn(remoteOptions, key)));
