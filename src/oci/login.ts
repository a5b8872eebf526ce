import { TowlineError } from '../errors.ts';
import { basicAuthorization } from '../http/basic-auth.ts';
import { type Challenge, parseChallenges } from '../http/challenge.ts';
import { redactUrl } from '../http/redact.ts';
import { cacheTokens, type TokenCache } from '../http/token-cache.ts';
import type { HttpRequest, HttpResponse, Transport } from '../http/transport.ts';
import type { RegistryCredentials } from './docker-config.ts';
import { covers, mergeScopes, type Scope, scopesOf } from './scopes.ts';
import { fetchRegistryToken, type Realm } from './token.ts';

/** How one logs in to a registry. */
export interface RegistryLogin {
  /** Of the registry. No other is ever sent what is for it. */
  readonly origin: string;
  /** Asked once, when the registry first wants to know. */
  readonly credentials: () => Promise<RegistryCredentials | undefined>;
  /** Reaches token services; it adds nothing to a request. */
  readonly plain: Transport;
  readonly now: () => number;
}
/** What is sent, and what to throw away when it is refused. */
interface Sent {
  readonly value: string;
  readonly scopes: readonly Scope[];
  discard(): void;
}
/** What the registry has been found to want. */
type Known = { readonly kind: 'basic'; readonly value: string } | { readonly kind: 'bearer'; readonly realm: Realm; readonly credentials: Exclude<RegistryCredentials, { readonly kind: 'bearer' }> | undefined };

/**
 * Logs in when the registry asks for it (401), and from then on beforehand. What a token must allow is read off the request;
 * tokens are kept by that, fetched once however many wait, and again when they are refused or nearly over.
 */
export function withRegistryLogin(inner: Transport, login: RegistryLogin): Transport {
  let known: Known | undefined;
  let credentials: Promise<RegistryCredentials | undefined> | undefined;
  const tokens = new Map<string, { readonly scopes: readonly Scope[]; readonly cache: TokenCache }>();

  const tokenFor = async ({ realm, credentials: own }: Extract<Known, { readonly kind: 'bearer' }>, scopes: readonly Scope[], signal: AbortSignal | undefined): Promise<Sent> => {
    const wider = [...tokens.values()].find((one) => covers(one.scopes, scopes) && one.cache.current() !== undefined);
    const key = scopes.join(' ');
    const kept = wider ?? tokens.get(key) ?? { scopes, cache: cacheTokens((given) => fetchRegistryToken(login.plain, { realm, scopes, credentials: own, now: login.now, signal: given }), login.now) };
    if (!wider) tokens.set(key, kept);
    const token = await kept.cache.get(signal);
    return { value: `Bearer ${token}`, scopes: kept.scopes, discard: () => { kept.cache.discard(token); } };
  };
  const sentNow = async (request: HttpRequest): Promise<Sent | undefined> => {
    if (known === undefined) return undefined;
    return known.kind === 'basic' ? constant(known.value) : await tokenFor(known, scopesOf(request), request.signal);
  };
  const answer = async (request: HttpRequest, response: HttpResponse, sent: Sent | undefined): Promise<Sent | undefined> => {
    const challenges = parseChallenges(response.header('www-authenticate') ?? '');
    const [bearer, basic] = ['bearer', 'basic'].map((scheme) => challenges.find((one) => one.scheme === scheme));
    if (!bearer && !basic) return undefined;
    credentials ??= login.credentials();
    // A question to a helper that was not answered may be asked again.
    const own = await credentials.catch((error: unknown) => { credentials = undefined; throw error; });
    if (own?.kind === 'bearer') known = { kind: 'basic', value: `Bearer ${own.token}` };
    else if (bearer) known = { kind: 'bearer', realm: realmOf(bearer, login.origin), credentials: own };
    else if (own) known = { kind: 'basic', value: basicAuthorization({ user: own.user ?? '<token>', password: own.kind === 'basic' ? own.password : own.token }) };
    if (known === undefined || (known.kind === 'basic' && known.value === sent?.value)) return undefined;
    if (known.kind === 'basic') return constant(known.value);
    sent?.discard();
    const asked = (bearer?.parameters.get('scope') ?? '').split(' ');
    return await tokenFor(known, mergeScopes([...scopesOf(request), ...asked]), request.signal);
  };
  return {
    ...inner,
    async send(request) {
      if (request.url.origin !== login.origin) return inner.send(request);
      const sent = await sentNow(request);
      const response = await inner.send(withAuthorization(request, sent));
      if (response.status !== 401) return response;
      const next = await answer(request, response, sent).catch((error: unknown) => { response.cancel(); throw error; });
      if (next === undefined) return response;
      response.cancel();
      return inner.send(withAuthorization(request, next));
    },
  };
}

const constant = (value: string): Sent => ({ value, scopes: [], discard: () => undefined });
const withAuthorization = (request: HttpRequest, sent: Sent | undefined): HttpRequest => (sent ? { ...request, headers: [...request.headers, ['authorization', sent.value]] } : request);

/** Credentials go to the realm, so it must be as safe as the registry that names it. */
function realmOf({ parameters }: Challenge, origin: string): Realm {
  const text = parameters.get('realm') ?? '';
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) throw new TowlineError('UNAUTHENTICATED', `${origin} names no usable place to log in (${redactUrl(text).slice(0, 200)})`, { hint: 'Check the host of the registry.' });
  if (origin.startsWith('https:') && url.protocol !== 'https:') {
    throw new TowlineError('UNAUTHENTICATED', `${origin} wants the login at ${redactUrl(url)}: that is not encrypted, so nothing is sent there`, { hint: 'Have the registry corrected: its realm must be an https URL.' });
  }
  url.username = '';
  url.password = '';
  return { url, service: parameters.get('service') };
}
