import { createHash } from 'node:crypto';
import { type ErrorCode, TowlineError } from '../errors.ts';
import { readText } from './bounded.ts';
import { redactUrl } from './redact.ts';
import { parseRetryAfter } from './retry-after.ts';
import { statusError } from './status-error.ts';
import type { HttpResponse, Transport } from './transport.ts';

/** What a token endpoint is given for a token. `secrets` are those of the fields that must not appear in a message. */
export interface Grant {
  readonly fields: Readonly<Record<string, string>>;
  readonly secrets: readonly string[];
}
/** What a token endpoint gave. */
export interface AccessToken {
  readonly value: string;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
  /** To be kept instead of the one before, where the service gives one. */
  readonly refreshToken?: string;
  /** The scopes that were granted, where the service says so: a person may grant fewer than were asked for. */
  readonly scopes?: readonly string[];
}
/** Who is asked for tokens, and how. */
export interface TokenEndpoint {
  readonly transport: Transport;
  /** The `token_uri`. Secrets go there, so it must be https, or this machine. */
  readonly url: string;
  readonly now: () => number;
  /** Whose token it is, in messages: "the service account 'x@y'". */
  readonly who: string;
  /** What to do when the credentials are refused. */
  readonly hint: string;
}
/** An installed application or a server, as the service knows it. Public clients have no secret. */
export interface OAuthClient {
  readonly clientId: string;
  readonly clientSecret?: string | undefined;
}

const ANSWER_BYTES = 64 * 1024;
/** Where the service does not say how long its token lives. */
const UNSAID_SECONDS = 300;

/** A new access token for a token that a person once got by logging in. */
export function refreshGrant(client: OAuthClient, refreshToken: string, scopes: readonly string[] = []): Grant {
  return clientGrant(client, { grant_type: 'refresh_token', refresh_token: refreshToken, ...(scopes.length > 0 && { scope: scopes.join(' ') }) }, [refreshToken]);
}

/** The tokens for the code that the browser brought back. `verifier` proves that it is we who sent the person there. */
export function codeGrant(client: OAuthClient, { code, verifier, redirectUri }: { readonly code: string; readonly verifier: string; readonly redirectUri: string }): Grant {
  return clientGrant(client, { grant_type: 'authorization_code', code, code_verifier: verifier, redirect_uri: redirectUri }, [code, verifier]);
}

function clientGrant({ clientId, clientSecret }: OAuthClient, fields: Readonly<Record<string, string>>, secrets: readonly string[]): Grant {
  return { fields: { ...fields, client_id: clientId, ...(clientSecret !== undefined && { client_secret: clientSecret }) }, secrets: [...secrets, ...(clientSecret === undefined ? [] : [clientSecret])] };
}

/** Proof Key for Code Exchange (RFC 7636, S256): the challenge goes to the browser, the verifier stays here until the code comes back. */
export function createPkce(randomBytes: (count: number) => Uint8Array): { readonly verifier: string; readonly challenge: string } {
  const verifier = Buffer.from(randomBytes(32)).toString('base64url');
  return { verifier, challenge: createHash('sha256').update(verifier).digest('base64url') };
}

/** Trades a grant for a token. Refusals are UNAUTHENTICATED, PERMISSION_DENIED or INVALID_CONFIG; what may work when repeated is retryable. */
export async function requestToken(endpoint: TokenEndpoint, grant: Grant, signal?: AbortSignal): Promise<AccessToken> {
  const bytes = Buffer.from(new URLSearchParams(grant.fields).toString());
  const asked = endpoint.now();
  const response = await endpoint.transport.send({
    method: 'POST', url: checkTokenUrl(endpoint.url), headers: [['content-type', 'application/x-www-form-urlencoded'], ['accept', 'application/json']],
    body: { size: bytes.byteLength, bytes, open: async function* () { yield bytes; } }, ...(signal && { signal }),
  });
  if (response.status >= 500 || response.status === 429 || response.status === 408) {
    throw await statusError(response, { method: 'POST', now: asked, what: `Cannot get a token for ${endpoint.who} from ${redactUrl(response.url)}` });
  }
  const answer = await readAnswer(response, endpoint);
  if (response.status !== 200) throw refused(answer, response, { endpoint, grant });
  return readToken(answer, asked, endpoint);
}

/** Secrets are sent there: nobody on the way may read them. */
export function checkTokenUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isLocal = url !== undefined && /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(url.hostname);
  if (url === undefined || url.username !== '' || !(url.protocol === 'https:' || (isLocal && url.protocol === 'http:'))) {
    throw new TowlineError('INVALID_CONFIG', `'${redactUrl(text).slice(0, 200)}' cannot be asked for tokens: it is not an https:// address`, { hint: "Correct 'token_uri' in the file of the credentials." });
  }
  return url;
}

type Answer = Readonly<Record<string, unknown>>;

async function readAnswer(response: HttpResponse, { who }: TokenEndpoint): Promise<Answer> {
  const text = await readText(response, ANSWER_BYTES);
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Answer;
  } catch {
    // A page of a proxy or a captive portal: the status speaks for it below.
    if (response.status !== 200) return {};
  }
  if (response.status !== 200) return {};
  throw new TowlineError('UNAVAILABLE', `Cannot get a token for ${who}: ${redactUrl(response.url)} answered with something else than a token`, { hint: 'Look for a proxy or a login page between here and the service.' });
}

function readToken(answer: Answer, asked: number, { who }: TokenEndpoint): AccessToken {
  const { access_token: value, token_type: type, expires_in: seconds, refresh_token: refreshToken, scope } = answer;
  // It becomes the value of a header.
  if (typeof value !== 'string' || !/^[\x21-\x7e]{1,16384}$/.test(value) || (typeof type === 'string' && type.toLowerCase() !== 'bearer')) {
    throw new TowlineError('UNAVAILABLE', `Cannot get a token for ${who}: the answer holds no bearer token`);
  }
  const lifetime = Number(seconds ?? UNSAID_SECONDS);
  return {
    value, expiresAt: asked + (Number.isFinite(lifetime) ? lifetime : UNSAID_SECONDS) * 1000,
    ...(typeof refreshToken === 'string' && refreshToken !== '' && { refreshToken }),
    ...(typeof scope === 'string' && { scopes: scope.split(' ') }),
  };
}

interface Meaning {
  readonly code: ErrorCode;
  readonly what: string;
  readonly hint?: string;
  readonly retryable?: boolean;
}

/** RFC 6749 section 5.2 and 4.1.2.1, and what Google adds (https://developers.google.com/identity/protocols/oauth2/service-account#error-codes, 2026-11-21). */
const MEANINGS: Readonly<Record<string, Meaning>> = {
  invalid_grant: { code: 'UNAUTHENTICATED', what: 'the login has expired, was revoked, or is of another client' },
  invalid_client: { code: 'UNAUTHENTICATED', what: 'the client id or its secret is refused' },
  unauthorized_client: { code: 'UNAUTHENTICATED', what: 'this client may not log in that way, or for that user' },
  deleted_client: { code: 'UNAUTHENTICATED', what: 'the client was deleted' },
  disabled_client: { code: 'UNAUTHENTICATED', what: 'the client was disabled' },
  org_internal: { code: 'PERMISSION_DENIED', what: 'the client is for members of its own organisation only' },
  admin_policy_enforced: { code: 'PERMISSION_DENIED', what: 'an administrator does not allow these scopes' },
  access_denied: { code: 'PERMISSION_DENIED', what: 'access was denied' },
  invalid_scope: { code: 'INVALID_CONFIG', what: 'the service does not know the scopes that were asked for' },
  invalid_request: { code: 'INVALID_CONFIG', what: 'the service calls the request for a token wrong' },
  unsupported_grant_type: { code: 'INVALID_CONFIG', what: 'the service does not give tokens for such credentials' },
  temporarily_unavailable: { code: 'UNAVAILABLE', what: 'the service is overloaded', retryable: true },
  server_error: { code: 'UNAVAILABLE', what: 'the service failed', retryable: true },
  internal_failure: { code: 'UNAVAILABLE', what: 'the service failed', retryable: true },
};
const UNSAID: Meaning = { code: 'UNAUTHENTICATED', what: 'the credentials are refused' };

function refused(answer: Answer, response: HttpResponse, { endpoint, grant }: { readonly endpoint: TokenEndpoint; readonly grant: Grant }): TowlineError {
  const error = typeof answer['error'] === 'string' ? answer['error'].replace(/[^\w.-]/g, '').slice(0, 60) : '';
  const said = typeof answer['error_description'] === 'string' ? cleaned(answer['error_description'], grant.secrets) : '';
  const meaning = (Object.hasOwn(MEANINGS, error) ? MEANINGS[error] : undefined) ?? UNSAID;
  // Google says so of an assertion from the past or the future.
  const isClock = /\biat\b|\bexp\b|timeframe|short-lived/i.test(said);
  const hint = isClock ? 'Set the clock of this machine.' : meaning.hint ?? endpoint.hint;
  const seconds = parseRetryAfter(response.header('retry-after'), endpoint.now());
  return new TowlineError(meaning.code, `Cannot get a token for ${endpoint.who}: ${meaning.what} (${error === '' ? `HTTP ${response.status}` : error}${said === '' ? '' : `: ${said}`})`, {
    hint, retryable: meaning.retryable ?? false, ...(seconds !== undefined && { retryAfterSeconds: seconds }), context: { status: response.status, url: redactUrl(response.url) },
  });
}

/** The service's own words, on one line and without what we sent. */
function cleaned(text: string, secrets: readonly string[]): string {
  const hidden = secrets.filter((secret) => secret !== '').reduce((result, secret) => result.replaceAll(secret, '***'), text);
  return redactUrl(hidden).replace(/[\u0000-\u001f\u007f\s]+/g, ' ').trim().slice(0, 200);
}
