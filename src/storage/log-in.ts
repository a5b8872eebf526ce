import { readText } from '../disk/read.ts';
import { TowlineError } from '../errors.ts';
import { type NetrcLogin, netrcLogin } from '../http/netrc.ts';
import type { Opening } from './definition.ts';

/** What looking for a login needs. */
export type LoginSources = Pick<Opening, 'ask' | 'warn' | 'env' | 'home' | 'platform'>;

/** The login of a host in the user's netrc file. An unreadable file is no reason to refuse a server that may need no login. */
export function netrcFileLogin(host: string, { env, home, platform, warn }: LoginSources): NetrcLogin | undefined {
  const path = env['NETRC'] ?? `${home}/${platform === 'win32' ? '_netrc' : '.netrc'}`;
  try {
    return netrcLogin(readText(path) ?? '', host);
  } catch (error) {
    if (!(error instanceof TowlineError)) throw error;
    warn({ code: 'NETRC_UNREADABLE', text: `${error.message}; its logins are not used` });
    return undefined;
  }
}

/** Asks the person, in DVC's words; UNAUTHENTICATED where nobody can be asked. */
export async function askPassword(url: string, user: string, { ask }: LoginSources): Promise<string> {
  if (ask) return ask({ text: `Enter a password for host '${url}' user '${user}':`, secret: true });
  throw new TowlineError('UNAUTHENTICATED', `${url} needs a password, and nobody can be asked here`, { hint: "Set 'password' of the remote with --local, or run it in a terminal." });
}
