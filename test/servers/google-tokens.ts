import { generateKeyPairSync, verify } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { HOST } from './server.ts';

export type Fields = Readonly<Record<string, string>>;
/** Google's token endpoint: checks assertions, refresh tokens and exchanged tokens, and remembers what it was asked. */
export interface GoogleTokens {
  readonly url: string;
  readonly asked: Fields[];
  readonly email: string;
  /** Tokens that were given and not revoked. */
  readonly valid: Set<string>;
  /** The user's own login that is good here. */
  readonly user: { readonly client_id: string; readonly client_secret: string; readonly refresh_token: string };
  /** The key file of a service account, as Google hands it out; gives its path. */
  keyFile(folder: string, changes?: Readonly<Record<string, unknown>>): string;
  stop(): Promise<void>;
}

const SCOPES = 'https://www.googleapis.com/auth/devstorage.';
const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const email = 'tow@project.iam.gserviceaccount.com';
const user = { client_id: 'client-1', client_secret: 'hidden-client', refresh_token: 'hidden-refresh' };

export async function startGoogleTokens(): Promise<GoogleTokens> {
  const asked: Fields[] = [];
  const valid = new Set<string>();
  const server = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      if (request.url?.endsWith(':generateAccessToken')) {
        // What a workload identity that may act as a service account asks after it has a token of its own.
        asked.push({ grant_type: 'impersonation', authorization: request.headers.authorization ?? '', ...(JSON.parse(body) as Fields) });
        valid.add('impersonated');
        response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ accessToken: 'impersonated', expireTime: new Date(Date.now() + 3_600_000).toISOString() }));
        return;
      }
      const fields = Object.fromEntries(new URLSearchParams(body));
      asked.push(fields);
      const error = faultOf(fields, url);
      const token = `token-${asked.length}`;
      if (error === undefined) valid.add(token);
      const answer = error === undefined ? { access_token: token, expires_in: 3599, token_type: 'Bearer', issued_token_type: 'urn:ietf:params:oauth:token-type:access_token' } : { error: 'invalid_grant', error_description: error };
      response.writeHead(error === undefined ? 200 : 400, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    });
  });
  await new Promise<void>((resolve) => { server.listen(0, HOST, resolve); });
  const url = `http://${HOST}:${(server.address() as AddressInfo).port}/token`;
  return {
    url, asked, email, valid, user,
    keyFile(folder, changes = {}) {
      const path = join(folder, 'key.json');
      writeFileSync(path, JSON.stringify({ type: 'service_account', project_id: 'project', private_key_id: 'key-1', private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }), client_email: email, token_uri: url, ...changes }));
      return path;
    },
    stop: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => { server.close(() => { resolve(); }); });
    },
  };
}

/** The public half of the service account's key: whoever has it can check what was signed. */
export const serviceAccountKey = publicKey;

function faultOf(fields: Fields, url: string): string | undefined {
  switch (fields['grant_type']) {
    case 'refresh_token': return Object.entries(user).every(([name, value]) => fields[name] === value) ? undefined : 'Token has been expired or revoked.';
    case 'urn:ietf:params:oauth:grant-type:token-exchange': return fields['subject_token'] === 'subject-1' ? undefined : 'The subject token is unknown.';
    case 'urn:ietf:params:oauth:grant-type:jwt-bearer': return faultOfAssertion(fields['assertion'] ?? '', url);
    default: return 'Unknown grant.';
  }
}

function faultOfAssertion(assertion: string, url: string): string | undefined {
  const [header = '', claims = '', signature = ''] = assertion.split('.');
  if (!verify('RSA-SHA256', Buffer.from(`${header}.${claims}`), publicKey, Buffer.from(signature, 'base64url'))) return 'Invalid JWT Signature.';
  const { iss, aud, scope, iat, exp } = JSON.parse(Buffer.from(claims, 'base64url').toString()) as { iss: string; aud: string; scope: string; iat: number; exp: number };
  // Google's client for Python names Google whatever the token_uri is.
  if (iss !== email || ![url, 'https://oauth2.googleapis.com/token'].includes(aud) || !scope.split(' ').some((one) => one.startsWith(SCOPES))) return 'Invalid JWT.';
  const now = Date.now() / 1000;
  return iat <= now + 60 && exp > now && exp - iat <= 3600 ? undefined : 'Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your iat and exp values in the JWT claim.';
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
