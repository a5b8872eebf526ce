import { TowlineError } from '../../errors.ts';
import { choice, file, flag, type Option, seconds, secret, text } from '../../storage/options.ts';

const wholeNumber = (help: string, { least, most }: { readonly least: number; readonly most: number }): Option<number | undefined> => ({
  ...text(help), form: 'NUMBER', initial: undefined,
  parse(value) {
    if (/^\d+$/.test(value) && Number(value) >= least && Number(value) <= most) return Number(value);
    throw new TowlineError('INVALID_CONFIG', least > 1 ? `must be a whole number greater than ${least - 1}, got '${value}'` : `expected a number from ${least} to ${most}, got '${value}'`);
  },
});

/** Every option of an SSH remote. */
export const sshOptions = {
  user: text('name to log in with'),
  port: wholeNumber('port of the SSH server [22]', { least: 1, most: 65535 }),
  password: secret('password to log in with'),
  ask_password: flag('ask for the password when the server wants one', { initial: false }),
  passphrase: secret('passphrase of the private key'),
  ask_passphrase: flag('ask for the passphrase of the private key', { initial: false }),
  keyfile: file('private key to log in with'),
  timeout: { ...seconds('how long connecting and logging in may take, not counting questions to you [30]', { initial: 30 }), initial: undefined as number | undefined },
  gss_auth: flag('log in with Kerberos, through the ssh program', { initial: false }),
  allow_agent: flag('use the keys of the SSH agent', { initial: true }),
  // Two of them are left for other uses of the connection, as DVC does, so a number means the same in both.
  max_sessions: wholeNumber('sessions on one connection, two of which are kept free [10]', { least: 3, most: 1000 }),
  type: text('ways to link files into the workspace'),
  verify: flag('for DVC: Towline verifies every object, whatever this says', { initial: true }),
  host_key_checking: choice(['strict', 'accept-new', 'off'], 'what to do about a server that is not known', { owner: 'towline' }),
  known_hosts_file: file('file with the keys of known servers, instead of those of the SSH configuration', { owner: 'towline' }),
  transport: choice(['ssh2', 'openssh'], 'who speaks SSH: the ssh2 package, or the ssh program of this machine (certificates, Kerberos, FIDO keys)', { owner: 'towline' }),
  fsync: flag('have the server write every file to its disk before it is given its name', { initial: false, owner: 'towline' }),
};
