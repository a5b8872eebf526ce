import { TowlineError } from '../errors.ts';
import { basicAuthorization } from '../http/basic-auth.ts';
import { readText } from '../http/bounded.ts';
import type { AccessToken } from '../http/oauth.ts';
import { redactUrl } from '../http/redact.ts';
import { statusError } from '../http/status-error.ts';
import type { HttpRequest, HttpResponse, Transport } from '../http/transport.ts';
import type { RegistryCredentials } from './docker-config.ts';
import type { Scope } from './scopes.ts';

/** Where tokens are had, out of the registry's own challenge. */
export interface Realm {
  readonly url: URL;
  readonly service: string | undefined;
}
/** What a token is asked for. */
export interface TokenQuestion {
  readonly realm: Realm;
  readonly scopes: readonly Scope[];
  readonly credentials: Exclude<RegistryCredentials, { readonly kind: 'bearer' }> | undefined;
  readonly now: () => number;
  readonly signal?: AbortSignal | undefined;
}

const LONGEST_ANSWER = 128 * 1024;
/** What a token without 'expires_in' is good for (distribution, docs/spec/auth/token). */
const DEFAULT_SECONDS = 60;
const CLIENT = 'towline';

/** Fetches a token: by GET with user and password or with nothing, by POST with a refresh token. Where a service knows one of both only, the other way is gone. */
export async function fetchRegistryToken(transport: Transport, question: TokenQuestion): Promise<AccessToken> {
  const { credentials } = question;
  const ways = credentials === undefined ? [byGet] : credentials.kind === 'identity' ? [byPost, byGet] : [byGet, byPost];
  const asked = question.now();
  let response = await ask(transport, question, ways[0] ?? byGet);
  const other = ways[1];
  if (other && (response.status === 404 || response.status === 405)) {
    response.cancel();
    response = await ask(transport, question, other);
  }
  if (response.status !== 200) throw await refused(response, question);
  return readToken(await readText(response, LONGEST_ANSWER), question, asked);
}

type Way = (question: TokenQuestion) => Omit<HttpRequest, 'signal'>;
const ask = (transport: Transport, question: TokenQuestion, way: Way): Promise<HttpResponse> => transport.send({ ...way(question), ...(question.signal && { signal: question.signal }) });

function byGet({ realm, scopes, credentials }: TokenQuestion): Omit<HttpRequest, 'signal'> {
  const url = new URL(realm.url);
  if (realm.service !== undefined) url.searchParams.set('service', realm.service);
  for (const scope of scopes) url.searchParams.append('scope', scope);
  const [user, password] = credentials?.kind === 'basic' ? [credentials.user, credentials.password] : [credentials?.user ?? '<token>', credentials?.token ?? ''];
  return { method: 'GET', url, headers: [['accept', 'application/json'], ...(credentials ? [['authorization', basicAuthorization({ user, password })] as const] : [])] };
}

function byPost({ realm, scopes, credentials }: TokenQuestion): Omit<HttpRequest, 'signal'> {
  const grant: Readonly<Record<string, string>> = credentials?.kind === 'basic'
    ? { grant_type: 'password', username: credentials.user, password: credentials.password }
    : { grant_type: 'refresh_token', refresh_token: credentials?.token ?? '' };
  const form = new URLSearchParams({ ...grant, ...(realm.service !== undefined && { service: realm.service }), client_id: CLIENT, scope: scopes.join(' ') });
  const bytes = Buffer.from(form.toString());
  return {
    method: 'POST', url: realm.url, headers: [['accept', 'application/json'], ['content-type', 'application/x-www-form-urlencoded']],
    body: { size: bytes.byteLength, bytes, open: async function* () { yield bytes; } },
  };
}

async function refused(response: HttpResponse, { credentials, realm, now }: TokenQuestion): Promise<TowlineError> {
  const hint = credentials ? 'Check the user and the password or token.' : "Log in: set 'user' and 'password', or run docker login.";
  const denied = [400, 401, 403].includes(response.status);
  const error = await statusError(response, { method: 'GET', now: now(), what: `asking ${redactUrl(realm.url)} for a token`, ...(denied && { hint }) });
  return denied ? new TowlineError('UNAUTHENTICATED', error.message, { cause: error, hint, context: error.context }) : error;
}

function readToken(text: string, { realm }: TokenQuestion, asked: number): AccessToken {
  const broken = (): TowlineError => new TowlineError('UNAUTHENTICATED', `${redactUrl(realm.url)} did not answer with a token`, { hint: 'It may be no token service: check the host of the registry.' });
  let answer: { readonly token?: unknown; readonly access_token?: unknown; readonly expires_in?: unknown };
  try {
    answer = (JSON.parse(text) ?? {}) as typeof answer;
  } catch {
    // The text may hold a token.
    throw broken();
  }
  const value = typeof answer.token === 'string' && answer.token !== '' ? answer.token : answer.access_token;
  if (typeof value !== 'string' || value === '' || /[^\x21-\x7e]/.test(value)) throw broken();
  const seconds = typeof answer.expires_in === 'number' && answer.expires_in > 0 ? answer.expires_in : DEFAULT_SECONDS;
  return { value, expiresAt: asked + seconds * 1000 };
}
