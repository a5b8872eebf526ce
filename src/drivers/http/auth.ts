import { TowlineError } from '../../errors.ts';
import { basicAuthorization } from '../../http/basic-auth.ts';
import { withDigest } from '../../http/digest-auth.ts';
import { withHeader, withLogIn } from '../../http/log-in.ts';
import type { Transport } from '../../http/transport.ts';
import type { Opening } from '../../storage/definition.ts';
import { askPassword, type LoginSources, netrcFileLogin } from '../../storage/log-in.ts';
import type { HttpOptions } from './options.ts';

/** What logging in needs of the remote. */
export interface AuthSettings {
  readonly displayUrl: string;
  readonly options: Pick<HttpOptions, 'auth' | 'user' | 'password' | 'custom_auth_header' | 'ask_password'>;
  readonly opening: LoginSources & Pick<Opening, 'randomBytes'>;
}

/** Adds the remote's credentials to requests to the remote's own origin, and to no other. A password is asked for at the first of them, once. */
export function withCredentials(inner: Transport, settings: AuthSettings): Transport {
  checkPairs(settings);
  return withLogIn(inner, { origin: new URL(settings.displayUrl).origin, authorize: (to) => authorize(to, settings) });
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
    const login = netrcFileLogin(hostname, opening);
    return login ? withHeader(inner, 'authorization', basicAuthorization({ user: login.login, password: login.password })) : inner;
  }
  const user = options.user ?? '';
  const password = options.password ?? (await askPassword(displayUrl, options.user ?? 'custom', opening));
  if (options.auth === 'basic') return withHeader(inner, 'authorization', basicAuthorization({ user, password }));
  if (options.auth === 'digest') return withDigest(inner, { user, password, origin, randomBytes: opening.randomBytes });
  return withHeader(inner, options.custom_auth_header ?? '', password);
}
