import { readText } from '../../disk/read.ts';
import { TowlineError } from '../../errors.ts';
import { basicAuthorization } from '../../http/basic-auth.ts';
import { withDigest } from '../../http/digest-auth.ts';
import { netrcLogin } from '../../http/netrc.ts';
import type { Transport } from '../../http/transport.ts';
import type { Opening } from '../../storage/definition.ts';
import type { HttpOptions } from './options.ts';

/** What logging in needs of the remote. */
export interface AuthSettings {
  readonly displayUrl: string;
  readonly options: Pick<HttpOptions, 'auth' | 'user' | 'password' | 'custom_auth_header' | 'ask_password'>;
  readonly opening: Pick<Opening, 'ask' | 'warn' | 'env' | 'home' | 'platform' | 'randomBytes'>;
}

/** Adds the remote's credentials to requests to the remote's own origin, and to no other. A password is asked for at the first of them, once. */
export function withCredentials(inner: Transport, settings: AuthSettings): Transport {
  checkPairs(settings);
  const { origin } = new URL(settings.displayUrl);
  let authorized: Promise<Transport> | undefined;
  return {
    ...inner,
    async send(request) {
      if (request.url.origin !== origin) return inner.send(request);
      authorized ??= authorize(inner, settings);
      try {
        return await (await authorized).send(request);
      } catch (error) {
        // A question that was not answered may be asked again.
        if (await authorized.then(() => false, () => true)) authorized = undefined;
        throw error;
      }
    },
  };
}

function checkPairs({ options, opening, displayUrl }: AuthSettings): void {
  const { auth, user, custom_auth_header: header } = options;
  const hasPassword = options.password !== undefined || options.ask_password === true;
  if (auth === undefined) {
    if (user !== undefined || options.password !== undefined) {
      opening.warn({ code: 'CREDENTIALS_UNUSED', text: `'user' and 'password' of ${displayUrl} are not sent: 'auth' is not set. Set it to basic, digest or custom.` });
    }
    return;
  }
  const [name, given] = auth === 'custom' ? ['custom_auth_header', header] : ['user', user];
  if (given !== undefined && hasPassword) return;
  throw new TowlineError('INVALID_CONFIG', `HTTP '${auth}' authentication require both '${name}' and 'password'`, {
    hint: `Set '${given === undefined ? name : 'password'}' of the remote${given === undefined ? '' : " with --local, or 'ask_password'"}.`, context: { url: displayUrl },
  });
}

async function authorize(inner: Transport, settings: AuthSettings): Promise<Transport> {
  const { options, opening, displayUrl } = settings;
  const { origin, hostname } = new URL(displayUrl);
  if (options.auth === undefined) {
    const login = netrc(hostname, opening);
    return login ? withHeader(inner, 'authorization', basicAuthorization({ user: login.login, password: login.password })) : inner;
  }
  const user = options.user ?? '';
  const password = options.password ?? (await askPassword(settings));
  if (options.auth === 'basic') return withHeader(inner, 'authorization', basicAuthorization({ user, password }));
  if (options.auth === 'digest') return withDigest(inner, { user, password, origin, randomBytes: opening.randomBytes });
  return withHeader(inner, options.custom_auth_header ?? '', password);
}

async function askPassword({ displayUrl, options, opening }: AuthSettings): Promise<string> {
  if (opening.ask) return opening.ask({ text: `Enter a password for host '${displayUrl}' user '${options.user ?? 'custom'}':`, secret: true });
  throw new TowlineError('UNAUTHENTICATED', `${displayUrl} needs a password, and nobody can be asked here`, { hint: "Set 'password' of the remote with --local, or run it in a terminal." });
}

/** An unreadable netrc file is no reason to refuse a server that may need no login. */
function netrc(host: string, { env, home, platform, warn }: AuthSettings['opening']): ReturnType<typeof netrcLogin> {
  const path = env['NETRC'] ?? `${home}/${platform === 'win32' ? '_netrc' : '.netrc'}`;
  try {
    return netrcLogin(readText(path) ?? '', host);
  } catch (error) {
    if (!(error instanceof TowlineError)) throw error;
    warn({ code: 'NETRC_UNREADABLE', text: `${error.message}; its logins are not used` });
    return undefined;
  }
}

function withHeader(inner: Transport, name: string, value: string): Transport {
  return { ...inner, send: (request) => inner.send({ ...request, headers: [...request.headers, [name, value]] }) };
}
