import { TowlineError } from '../../errors.ts';
import { basicAuthorization } from '../../http/basic-auth.ts';
import { withDigest } from '../../http/digest-auth.ts';
import { withHeader, withLogIn } from '../../http/log-in.ts';
import type { Transport } from '../../http/transport.ts';
import type { Opening } from '../../storage/definition.ts';
import { askPassword, type LoginSources, netrcFileLogin } from '../../storage/log-in.ts';
import type { WebdavOptions } from './options.ts';

/** What logging in needs of the remote. */
export interface AuthSettings {
  readonly displayUrl: string;
  readonly base: string;
  readonly options: Pick<WebdavOptions, 'user' | 'password' | 'ask_password' | 'token' | 'bearer_token_command' | 'custom_auth_header' | 'auth' | 'timeout'>;
  readonly opening: LoginSources & Pick<Opening, 'randomBytes' | 'commandOutput'>;
}

/** Adds the remote's credentials to requests to the remote's own origin, and to no other. Programs are run and persons asked at the first of them. */
export function withCredentials(inner: Transport, settings: AuthSettings): Transport {
  checkLogin(settings);
  return withLogIn(inner, { origin: new URL(settings.base).origin, authorize: (to) => authorize(to, settings) });
}

function checkLogin({ displayUrl, options, opening }: AuthSettings): void {
  const { auth, user, password, custom_auth_header: header, token, bearer_token_command: command } = options;
  if (token !== undefined || command !== undefined) return;
  if (auth !== undefined && user === undefined) throw new TowlineError('INVALID_CONFIG', `'auth = ${auth}' of ${displayUrl} needs 'user'`, { hint: "Set 'user' of the remote, or write it into the URL." });
  if (user === undefined && header === undefined && password !== undefined) {
    opening.warn({ code: 'CREDENTIALS_UNUSED', text: `'password' of ${displayUrl} is not sent: neither 'user' nor 'custom_auth_header' is set.` });
  }
}

/** In the order in which DVC takes them when there are several. */
async function authorize(inner: Transport, settings: AuthSettings): Promise<Transport> {
  const { options, opening, displayUrl, base } = settings;
  const { origin, hostname } = new URL(base);
  if (options.bearer_token_command !== undefined) return withFreshToken(inner, settings);
  if (options.token !== undefined) return withHeader(inner, 'authorization', `Bearer ${options.token}`);
  if (options.user !== undefined) {
    const login = { user: options.user, password: await passwordOf(options.user, hostname, settings) };
    return options.auth === 'digest' ? withDigest(inner, { ...login, origin, randomBytes: opening.randomBytes }) : withHeader(inner, 'authorization', basicAuthorization(login));
  }
  if (options.custom_auth_header !== undefined) return withHeader(inner, options.custom_auth_header, options.password ?? await askPassword(displayUrl, options.custom_auth_header, opening));
  const login = netrcFileLogin(hostname, opening);
  return login ? withHeader(inner, 'authorization', basicAuthorization({ user: login.login, password: login.password })) : inner;
}

async function passwordOf(user: string, hostname: string, { options, opening, displayUrl }: AuthSettings): Promise<string> {
  if (options.password !== undefined) return options.password;
  const login = options.ask_password ? undefined : netrcFileLogin(hostname, opening);
  return login?.login === user ? login.password : await askPassword(displayUrl, user, opening);
}

/** A token that a program prints: kept until the server refuses it, then printed anew once for all that were refused with it. */
function withFreshToken(inner: Transport, settings: AuthSettings): Transport {
  let token: Promise<string> | undefined;
  const fresh = (): Promise<string> => {
    const printing = printToken(settings);
    printing.catch(() => { if (token === printing) token = undefined; });
    token = printing;
    return printing;
  };
  return {
    ...inner,
    async send(request) {
      const used = token ?? fresh();
      const sendWith = async (one: Promise<string>): ReturnType<Transport['send']> => inner.send({ ...request, headers: [...request.headers, ['authorization', `Bearer ${await one}`]] });
      const response = await sendWith(used);
      if (response.status !== 401) return response;
      response.cancel();
      return await sendWith(token === used || token === undefined ? fresh() : token);
    },
  };
}

async function printToken({ displayUrl, options, opening }: AuthSettings): Promise<string> {
  if (opening.commandOutput === undefined) throw new TowlineError('UNSUPPORTED', `${displayUrl} wants a program to be run for its token, and none may be started here`);
  try {
    const token = (await opening.commandOutput('bearer_token_command', { timeoutSeconds: options.timeout })).trim();
    if (/^[\x21-\x7e]+$/.test(token)) return token;
  } catch (error) {
    if (!(error instanceof TowlineError) || error.code === 'ABORTED') throw error;
    throw new TowlineError(error.code, `Bearer Token Retrieval Failed. ${error.message}`, { cause: error, ...(error.hint !== undefined && { hint: error.hint }) });
  }
  throw new TowlineError('UNAUTHENTICATED', `Bearer Token Retrieval Failed. What 'bearer_token_command' of ${displayUrl} prints is no token`, { hint: 'It must print the token and nothing else.' });
}
