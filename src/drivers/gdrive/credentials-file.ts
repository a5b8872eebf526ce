import { nodeDisk } from '../../disk/node.ts';
import { makeFolders } from '../../disk/folders.ts';
import { readText } from '../../disk/read.ts';
import { replaceFile } from '../../disk/replace.ts';
import { TowlineError } from '../../errors.ts';
import type { AccessToken } from '../../http/oauth.ts';
import type { Opening } from '../../storage/definition.ts';

/** The login of a person, as PyDrive2 keeps it: DVC reads what is written here, and what DVC wrote is read here. Described in docs/formats/gdrive.md. */
export interface UserCredentials {
  readonly clientId: string;
  readonly clientSecret: string | undefined;
  readonly refreshToken: string | undefined;
  readonly tokenUrl: string | undefined;
  /** The access token of last time, with its end in milliseconds since 1970. */
  readonly access: { readonly value: string; readonly expiresAt: number } | undefined;
  /** Everything that was read, to be written back. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/** Reads the JSON of oauth2client; `where` names it in messages. */
export function parseCredentials(text: string, where: string): UserCredentials {
  const fields = parseObject(text, where);
  const field = (name: string): string | undefined => (typeof fields[name] === 'string' && fields[name] !== '' ? fields[name] : undefined);
  if (field('private_key') !== undefined) throw new TowlineError('INVALID_CONFIG', `${where} holds the key of a service account, not the login of a person`, { hint: 'Set gdrive_use_service_account to true.' });
  const clientId = field('client_id');
  if (clientId === undefined) throw unusable(where, "'client_id' is missing");
  const value = field('access_token');
  const expiresAt = expiryOf(field('token_expiry'));
  return {
    clientId, clientSecret: field('client_secret'), refreshToken: field('refresh_token'), tokenUrl: field('token_uri'),
    // Without an end oauth2client takes a token for everlasting; the service would refuse it, and it would be renewed.
    access: value !== undefined && expiresAt !== undefined && fields['invalid'] !== true ? { value, expiresAt } : undefined, fields,
  };
}

function parseObject(text: string, where: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Readonly<Record<string, unknown>>;
  } catch {
    // The parser would show what it stumbled over, which may be a secret.
    throw unusable(where, 'it is no JSON');
  }
  throw unusable(where, 'it is no JSON object');
}

const unusable = (where: string, what: string): TowlineError => new TowlineError('INVALID_CONFIG', `${where} is not the login of a person: ${what}`, { hint: 'Remove it and log in anew.' });

/** `2026-11-21T12:00:00Z`, without fractions. */
function expiryOf(text: string | undefined): number | undefined {
  const time = text !== undefined && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(time) ? undefined : time;
}

/** What a new token changes, in the words of oauth2client. */
export interface Renewal {
  readonly token: AccessToken;
  readonly clientId: string;
  readonly clientSecret: string | undefined;
  readonly tokenUrl: string;
  readonly revocationUrl: string;
  readonly scopes: readonly string[];
}

/** The text of the file after a new token; fields that are not ours stay as they were. */
export function serializeCredentials(before: UserCredentials | undefined, { token, clientId, clientSecret, tokenUrl, revocationUrl, scopes }: Renewal, now: number): string {
  const granted = token.scopes ?? scopes;
  const refreshToken = token.refreshToken ?? before?.refreshToken ?? null;
  return JSON.stringify({
    user_agent: null, id_token: null, id_token_jwt: null, revoke_uri: revocationUrl, token_info_uri: 'https://oauth2.googleapis.com/tokeninfo', scopes: granted, ...before?.fields,
    access_token: token.value, client_id: clientId, client_secret: clientSecret ?? null, refresh_token: refreshToken, token_uri: tokenUrl,
    token_expiry: `${new Date(Math.floor(token.expiresAt / 1000) * 1000).toISOString().slice(0, 19)}Z`, invalid: false,
    token_response: { access_token: token.value, expires_in: Math.max(0, Math.round((token.expiresAt - now) / 1000)), ...(token.refreshToken !== undefined && { refresh_token: token.refreshToken }), scope: granted.join(' '), token_type: 'Bearer' },
    _class: 'OAuth2Credentials', _module: 'oauth2client.client',
  });
}

/** Where DVC keeps the login of a client: in the user's cache folder of each system (appdirs), a file for each profile. */
export function defaultFile(clientId: string, profile: string, { env, home, platform }: Pick<Opening, 'env' | 'home' | 'platform'>): string {
  for (const [name, value] of [['gdrive_client_id', clientId], ['profile', profile]] as const) {
    // Both become names on this disk, and both may come from a repository.
    if (!/^[^/\\:\u0000-\u001f]{1,200}$/.test(value) || /^\.+$/.test(value)) throw new TowlineError('INVALID_CONFIG', `${name}: '${value}' cannot be the name of a file`);
  }
  const cache = platform === 'win32' ? `${env['LOCALAPPDATA'] ?? `${home}\\AppData\\Local`}\\pydrive2fs\\Cache`
    : platform === 'darwin' ? `${home}/Library/Caches/pydrive2fs` : `${env['XDG_CACHE_HOME'] ?? `${home}/.cache`}/pydrive2fs`;
  return [cache, clientId, `${profile}.json`].join(platform === 'win32' ? '\\' : '/');
}

export function readCredentials(path: string): UserCredentials | undefined {
  const text = readText(path);
  // An empty one is what is left of a login that was broken off.
  return text === undefined || text.trim() === '' ? undefined : parseCredentials(text, `'${path}'`);
}

/** Written in one step, for its owner only. */
export function writeCredentials(path: string, text: string, { disk = nodeDisk }: Pick<Opening, 'disk'>): void {
  makeFolders(disk, path.slice(0, Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\'))) || '/', 0o700);
  replaceFile(disk, path, text, { mode: 0o600 });
}
