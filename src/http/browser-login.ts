import { TowlineError } from '../errors.ts';
import type { Audience, Clock } from '../runtime.ts';
import { type AccessToken, codeGrant, createPkce, type OAuthClient, requestToken, type TokenEndpoint } from './oauth.ts';
import { listenForRedirect } from './redirect-listener.ts';

/** A login by the authorization code of an installed application (RFC 6749 section 4.1, RFC 7636, RFC 8252). */
export interface BrowserLogin {
  readonly endpoint: TokenEndpoint;
  /** The service's login page. */
  readonly loginUrl: string;
  readonly client: OAuthClient;
  readonly scopes: readonly string[];
  /** What else this service wants in the address. */
  readonly parameters: Readonly<Record<string, string>>;
  /** Asked where `ask` is there; whoever calls has made sure that it is. */
  readonly person: Required<Pick<Audience, 'ask'>> & Pick<Audience, 'browse'> & Pick<Clock, 'wait' | 'randomBytes'>;
}

/** Nobody waits for a login longer; Google's code lives ten minutes as well. */
const PATIENCE_MS = 600_000;
/** How often an answer that holds no code is asked for again. */
const ATTEMPTS = 3;

/**
 * Sends the person to the login page and trades what comes back for tokens. The browser on this machine brings it to a port of 127.0.0.1; from one on
 * another machine the person pastes the address where it ended. Whichever comes first counts.
 */
export async function logInByBrowser(login: BrowserLogin, signal?: AbortSignal): Promise<AccessToken> {
  const { endpoint, client, person } = login;
  const state = Buffer.from(person.randomBytes(18)).toString('base64url');
  const { verifier, challenge } = createPkce(person.randomBytes);
  const listener = await listenForRedirect((query) => query.get('state') === state);
  try {
    const answer = await awaitAnswer(login, { url: loginAddress(login, { state, challenge, redirectUri: listener.redirectUri }), state, arrived: listener.arrived, signal });
    return await requestToken(endpoint, codeGrant(client, { code: codeOf(answer, endpoint), verifier, redirectUri: listener.redirectUri }), signal);
  } finally {
    listener.close();
  }
}

function loginAddress({ loginUrl, client, scopes, parameters }: BrowserLogin, { state, challenge, redirectUri }: { readonly state: string; readonly challenge: string; readonly redirectUri: string }): string {
  const url = new URL(loginUrl);
  const fields = { ...parameters, response_type: 'code', client_id: client.clientId, redirect_uri: redirectUri, scope: scopes.join(' '), state, code_challenge: challenge, code_challenge_method: 'S256' };
  for (const [name, value] of Object.entries(fields)) url.searchParams.set(name, value);
  return url.href;
}

interface Waiting {
  readonly url: string;
  readonly state: string;
  readonly arrived: Promise<URLSearchParams>;
  readonly signal: AbortSignal | undefined;
}

async function awaitAnswer({ endpoint: { who }, person }: BrowserLogin, { url, state, arrived, signal }: Waiting): Promise<URLSearchParams> {
  const over = new AbortController();
  const stop = (): void => { over.abort(); };
  signal?.addEventListener('abort', stop, { once: true });
  const late = async (): Promise<never> => {
    await person.wait(PATIENCE_MS, over.signal);
    throw new TowlineError('TIMEOUT', `Nobody logged in for ${who} within ${PATIENCE_MS / 60_000} minutes`, { hint: 'Run the command again.' });
  };
  const text = `To log in for ${who}, open this address in a browser:\n\n    ${url}\n\nIt goes on by itself then. If that browser is on another machine, it ends at a page that does not load: paste the address of that page here: `;
  person.browse?.(url);
  const ways = [arrived, pasted(person.ask, { text, state, signal: over.signal }), late()];
  try {
    return await Promise.race(ways);
  } finally {
    signal?.removeEventListener('abort', stop);
    over.abort();
    // Those that come too late fail with ABORTED, and nobody waits for them.
    for (const way of ways) way.catch(() => undefined);
  }
}

interface Question { readonly text: string; readonly state: string; readonly signal: AbortSignal }

async function pasted(ask: Required<Audience>['ask'], { text, state, signal }: Question): Promise<URLSearchParams> {
  for (let attempt = 1; ; attempt++) {
    const query = readPasted(await ask({ text: attempt === 1 ? text : 'That is not the address the login ended at. Paste it here: ', secret: false, signal }), state);
    if (query) return query;
    if (attempt === ATTEMPTS) throw new TowlineError('UNAUTHENTICATED', 'What was pasted is not the answer of the login page', { hint: 'Run the command again and paste the whole address, from http:// to its end.' });
  }
}

/** The address the browser ended at, or the code out of it. An address of another login is none; a code alone is bound to this one by its verifier. */
function readPasted(line: string, state: string): URLSearchParams | undefined {
  const text = line.trim();
  if (/^[\w./~%-]{8,}$/.test(text) && !text.startsWith('http')) return new URLSearchParams(`code=${text}`);
  const query = new URLSearchParams(text.slice(text.indexOf('?') + 1));
  return query.get('state') === state && (query.has('code') || query.has('error')) ? query : undefined;
}

function codeOf(answer: URLSearchParams, { who, hint }: TokenEndpoint): string {
  const code = answer.get('code');
  if (code !== null && code !== '') return code;
  const error = (answer.get('error') ?? 'no code').replace(/[^\w .-]/g, '').slice(0, 60);
  throw new TowlineError('PERMISSION_DENIED', `The login for ${who} was refused in the browser (${error})`, { hint });
}
