import { TowlineError } from '../errors.ts';

/** The value of `Authorization` for a user and a password, in UTF-8 as RFC 7617 section 2.1 recommends. */
export function basicAuthorization({ user, password }: { readonly user: string; readonly password: string }): string {
  if (user.includes(':')) throw new TowlineError('INVALID_CONFIG', "a user name with ':' cannot be sent by HTTP basic authentication", { hint: "Use another 'user', or another 'auth'." });
  return `Basic ${Buffer.from(`${user}:${password}`, 'utf8').toString('base64')}`;
}
