import { createPrivateKey, type KeyObject, sign } from 'node:crypto';
import { TowlineError } from '../errors.ts';
import type { Grant } from './oauth.ts';

/** The key of a program's own account, as Google hands it out in a JSON file. Signs what proves who asks. */
export interface ServiceAccount {
  readonly email: string;
  readonly tokenUrl: string;
  readonly projectId?: string;
  /** Signs with RS256 (RSASSA-PKCS1-v1_5 and SHA-256). */
  sign(bytes: string): Uint8Array;
  /** An assertion that is good for an hour at most (RFC 7523). `subject`: the user it acts for, by domain-wide delegation. */
  grant(wanted: { readonly scopes: readonly string[]; readonly subject?: string | undefined; readonly now: number }): Grant;
}

const GOOGLE_TOKENS = 'https://oauth2.googleapis.com/token';
const LIFETIME_SECONDS = 3600;

/** Reads the parsed JSON of a key file; `where` names it in messages. */
export function readServiceAccount(json: unknown, where: string): ServiceAccount {
  const fields = (typeof json === 'object' && json !== null ? json : {}) as Readonly<Record<string, unknown>>;
  const field = (name: string): string | undefined => (typeof fields[name] === 'string' && fields[name] !== '' ? fields[name] : undefined);
  const email = field('client_email');
  const pem = field('private_key');
  if (email === undefined || pem === undefined) throw unusable(where, `${email === undefined ? "'client_email'" : "'private_key'"} is missing`);
  const key = readKey(pem, where);
  const keyId = field('private_key_id');
  const projectId = field('project_id');
  const tokenUrl = field('token_uri') ?? GOOGLE_TOKENS;
  // Google wants the one name of its token service in the assertion, also where it is reached by an older or a private address.
  const audience = /^https:\/\/(?:[\w.-]+\.)?(?:googleapis|google)\.com\//.test(tokenUrl) ? GOOGLE_TOKENS : tokenUrl;
  const signed = (text: string): Uint8Array => sign('RSA-SHA256', Buffer.from(text), key);
  return {
    email, tokenUrl, ...(projectId !== undefined && { projectId }), sign: signed,
    grant({ scopes, subject, now }) {
      const issued = Math.floor(now / 1000);
      const header = { alg: 'RS256', typ: 'JWT', ...(keyId !== undefined && { kid: keyId }) };
      const claims = { iss: email, scope: scopes.join(' '), aud: audience, iat: issued, exp: issued + LIFETIME_SECONDS, ...(subject !== undefined && { sub: subject }) };
      const text = `${encode(header)}.${encode(claims)}`;
      const assertion = `${text}.${Buffer.from(signed(text)).toString('base64url')}`;
      return { fields: { grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion }, secrets: [assertion] };
    },
  };
}

function readKey(pem: string, where: string): KeyObject {
  let key: KeyObject;
  try {
    key = createPrivateKey(pem);
  } catch (cause) {
    throw unusable(where, "'private_key' is no private key", cause);
  }
  if (key.asymmetricKeyType !== 'rsa') throw unusable(where, "'private_key' is no RSA key");
  return key;
}

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

function unusable(where: string, what: string, cause?: unknown): TowlineError {
  return new TowlineError('INVALID_CONFIG', `${where} is not the key file of a service account: ${what}`, {
    cause, hint: "Download the key as JSON anew: Google Cloud console, 'IAM & Admin', 'Service accounts', 'Keys'.",
  });
}
