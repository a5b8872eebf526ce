import { TowlineError } from '../../errors.ts';
import { basicAuthorization } from '../../http/basic-auth.ts';
import type { ImportKerberos } from '../../http/kerberos.ts';
import { withNegotiate } from '../../http/spnego.ts';
import type { Transport } from '../../http/transport.ts';
import type { WebhdfsOptions } from './options.ts';

/** Who acts, and how that is shown. */
export type Login = Pick<WebhdfsOptions, 'user' | 'password' | 'token' | 'kerberos' | 'kerberos_principal' | 'proxy_to'>;

/** The parameters that every request to the NameNode carries. Throws INVALID_CONFIG, in DVC's words, where they contradict each other. */
export function loginParameters({ user, password, token, kerberos, proxy_to: proxyTo }: Login): readonly (readonly [name: string, value: string])[] {
  if (token !== undefined && (user !== undefined || proxyTo !== undefined)) refuse('If passing a delegation token, must not set user or proxy_to, as these are encoded in the token', "Remove 'user' and 'proxy_to' from the remote, and the user from its URL, or remove 'token'.");
  if (password !== undefined && user === undefined) refuse('If passing a password, the user must also be set in order to set up the basic-auth', "Set 'user' of the remote.");
  if (kerberos && user !== undefined) refuse('If using Kerberos auth, do not specify the user, this is handled by kinit.', "Remove 'user' from the remote and from its URL; 'kerberos_principal' chooses among several tickets.");
  return [
    ...(token === undefined ? [] : [['delegation', token] as const]),
    ...(user === undefined || password !== undefined ? [] : [['user.name', user] as const]),
    ...(proxyTo === undefined ? [] : [['doas', proxyTo] as const]),
  ];
}

/** Shows who we are to `origin`, and to nobody else: what the NameNode redirects to gets its own token from it. A delegation token needs no more. */
export function withLogin(transport: Transport, login: Login, { origin, importKerberos }: { readonly origin: string; readonly importKerberos: ImportKerberos | undefined }): Transport {
  const { user, password, token, kerberos, kerberos_principal: principal } = login;
  if (user !== undefined && password !== undefined) {
    const authorization = basicAuthorization({ user, password });
    return { ...transport, send: (request) => transport.send(request.url.origin === origin ? { ...request, headers: [...request.headers, ['authorization', authorization]] } : request) };
  }
  if (!kerberos || token !== undefined) return transport;
  // Hadoop signs a cookie after the first proof, good for ten hours: https://hadoop.apache.org/docs/r3.4.2/hadoop-auth/Configuration.html (2026-11-28).
  return withNegotiate(transport, { origin, principal, sessionCookie: 'hadoop.auth', ...(importKerberos && { importKerberos }) });
}

function refuse(words: string, hint: string): never {
  throw new TowlineError('INVALID_CONFIG', words, { hint });
}
