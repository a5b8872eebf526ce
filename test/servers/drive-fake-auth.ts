import { createHash, createPublicKey, generateKeyPairSync, randomBytes, verify } from 'node:crypto';

/** A client that may log in. */
export interface FakeClient { readonly id: string; readonly secret: string }
/** A service account, with the file that Google would hand out for it. */
export interface FakeServiceAccount {
  readonly email: string;
  readonly json: string;
}
/** What a test may change about logins, and what it may look at. */
export interface AuthControls {
  /** What the person at the login page does. */
  person: { email: string; consents: boolean };
  tokenSeconds: number;
  readonly grants: string[];
}
/** The authorization server of the fake: logins, codes, tokens. */
export interface FakeAuth extends AuthControls {
  readonly client: FakeClient;
  /** Answers POST /token. */
  token(fields: URLSearchParams): { readonly status: number; readonly body: unknown };
  /** Answers the login page as a person does who allows, or refuses: where the browser goes next. */
  loginPage(query: URLSearchParams): { readonly location: string } | { readonly refusal: string };
  /** Who a request is from; undefined: nobody. */
  whoHas(authorization: string | undefined): string | undefined;
  serviceAccount(email: string, options?: { readonly mayActFor?: readonly string[]; readonly tokenUrl: string }): FakeServiceAccount;
  refreshToken(email: string): string;
  /** Every access token given so far is refused from now on. */
  revokeAccess(): void;
  revokeRefresh(): void;
}

interface Code { readonly clientId: string; readonly challenge: string | undefined; readonly redirectUri: string; readonly scope: string; readonly email: string }
interface Account { readonly key: string; readonly mayActFor: readonly string[]; readonly tokenUrl: string }

/** The client of DVC, which Google blocks. */
const BLOCKED = '710796635688-';

export function createFakeAuth(): FakeAuth {
  const client: FakeClient = { id: 'towline-test.apps.googleusercontent.com', secret: 'GOCSPX-client-secret' };
  const codes = new Map<string, Code>();
  const refreshTokens = new Map<string, string>();
  const accessTokens = new Map<string, { readonly email: string; readonly expiresAt: number }>();
  const accounts = new Map<string, Account>();
  const issue = (email: string, scope: string, refreshToken?: string): { readonly status: number; readonly body: unknown } => {
    const token = `ya29.${randomBytes(24).toString('base64url')}`;
    accessTokens.set(token, { email, expiresAt: Date.now() + self.tokenSeconds * 1000 });
    return { status: 200, body: { access_token: token, expires_in: self.tokenSeconds, token_type: 'Bearer', scope, ...(refreshToken !== undefined && { refresh_token: refreshToken }) } };
  };
  const isClient = (fields: URLSearchParams): boolean => fields.get('client_id') === client.id && fields.get('client_secret') === client.secret;
  const byCode = (fields: URLSearchParams): ReturnType<FakeAuth['token']> => {
    const code = codes.get(fields.get('code') ?? '');
    codes.delete(fields.get('code') ?? '');
    if (!isClient(fields)) return oauthError(401, 'invalid_client', 'The OAuth client was not found.');
    const challenge = createHash('sha256').update(fields.get('code_verifier') ?? '').digest('base64url');
    if (!code || code.redirectUri !== fields.get('redirect_uri') || (code.challenge !== undefined && code.challenge !== challenge)) return oauthError(400, 'invalid_grant', 'Bad Request');
    return issue(code.email, code.scope, self.refreshToken(code.email));
  };
  const self: FakeAuth = {
    client, person: { email: 'ann@example.com', consents: true }, tokenSeconds: 3599, grants: [],
    token(fields) {
      const grant = fields.get('grant_type') ?? '';
      self.grants.push(grant);
      if (grant === 'authorization_code') return byCode(fields);
      if (grant === 'refresh_token') {
        if (!isClient(fields)) return oauthError(401, 'invalid_client', 'Unauthorized');
        const email = refreshTokens.get(fields.get('refresh_token') ?? '');
        return email === undefined ? oauthError(400, 'invalid_grant', 'Token has been expired or revoked.') : issue(email, DRIVE_SCOPES);
      }
      if (grant === 'urn:ietf:params:oauth:grant-type:jwt-bearer') {
        const checked = checkAssertion(fields.get('assertion') ?? '', accounts);
        return 'error' in checked ? oauthError(400, checked.error, checked.text) : issue(checked.email, DRIVE_SCOPES);
      }
      return oauthError(400, 'unsupported_grant_type', `Invalid grant_type: ${grant}`);
    },
    loginPage(query) {
      const redirectUri = query.get('redirect_uri') ?? '';
      if ((query.get('client_id') ?? '').startsWith(BLOCKED)) return { refusal: 'This app is blocked' };
      if (query.get('client_id') !== client.id || query.get('response_type') !== 'code' || !/^http:\/\/(127\.0\.0\.1|localhost):\d+\/$/.test(redirectUri)) return { refusal: 'Error 400: redirect_uri_mismatch' };
      const answer = new URL(redirectUri);
      const state = query.get('state');
      if (state !== null) answer.searchParams.set('state', state);
      if (!self.person.consents) answer.searchParams.set('error', 'access_denied');
      else {
        const code = `4/0A${randomBytes(20).toString('base64url')}`;
        codes.set(code, { clientId: client.id, challenge: query.get('code_challenge') ?? undefined, redirectUri, scope: query.get('scope') ?? '', email: self.person.email });
        answer.searchParams.set('code', code);
        answer.searchParams.set('scope', query.get('scope') ?? '');
      }
      return { location: answer.href };
    },
    whoHas(authorization) {
      const token = accessTokens.get(authorization?.replace(/^Bearer /, '') ?? '');
      return token && token.expiresAt > Date.now() ? token.email : undefined;
    },
    serviceAccount(email, { mayActFor = [], tokenUrl } = { tokenUrl: '' }) {
      const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048, publicKeyEncoding: { type: 'spki', format: 'pem' }, privateKeyEncoding: { type: 'pkcs8', format: 'pem' } });
      accounts.set(email, { key: publicKey, mayActFor, tokenUrl });
      return { email, json: JSON.stringify({ type: 'service_account', project_id: 'test', private_key_id: 'k1', private_key: privateKey, client_email: email, client_id: '1', token_uri: tokenUrl }) };
    },
    refreshToken(email) {
      const token = `1//0${randomBytes(24).toString('base64url')}`;
      refreshTokens.set(token, email);
      return token;
    },
    revokeAccess: () => { accessTokens.clear(); },
    revokeRefresh: () => { refreshTokens.clear(); },
  };
  return self;
}

const DRIVE_SCOPES = 'https://www.googleapis.com/auth/drive https://www.googleapis.com/auth/drive.appdata';
const oauthError = (status: number, error: string, text: string): ReturnType<FakeAuth['token']> => ({ status, body: { error, error_description: text } });

/** RFC 7523 as Google wants it: RS256, our address as audience, an hour at most, and a right to act for another. */
function checkAssertion(text: string, accounts: ReadonlyMap<string, Account>): { readonly email: string } | { readonly error: string; readonly text: string } {
  const [head = '', claims = '', signature = ''] = text.split('.');
  const read = (part: string): Record<string, unknown> => JSON.parse(Buffer.from(part, 'base64url').toString() || '{}') as Record<string, unknown>;
  const { alg } = read(head);
  const { iss, aud, exp, iat, sub, scope } = read(claims) as Partial<Record<string, string | number>>;
  const account = accounts.get(String(iss));
  const now = Date.now() / 1000;
  if (!account) return { error: 'invalid_grant', text: 'Invalid grant: account not found' };
  if (alg !== 'RS256' || !verify('RSA-SHA256', Buffer.from(`${head}.${claims}`), createPublicKey(account.key), Buffer.from(signature, 'base64url'))) return { error: 'invalid_grant', text: 'Invalid JWT Signature.' };
  if (aud !== account.tokenUrl || Number(exp) - Number(iat) > 3600 || Math.abs(Number(iat) - now) > 300) return { error: 'invalid_grant', text: 'Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your iat and exp values in the JWT claim.' };
  if (!String(scope).includes('https://www.googleapis.com/auth/drive')) return { error: 'invalid_scope', text: 'Invalid OAuth scope or ID token audience provided.' };
  if (sub !== undefined && !account.mayActFor.includes(String(sub))) return { error: 'unauthorized_client', text: 'Client is unauthorized to retrieve access tokens using this method, or client not authorized for any of the scopes requested.' };
  return { email: String(sub ?? iss) };
}
