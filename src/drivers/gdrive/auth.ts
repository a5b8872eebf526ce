import { readText } from '../../disk/read.ts';
import { hasCode, TowlineError } from '../../errors.ts';
import { logInByBrowser } from '../../http/browser-login.ts';
import { type AccessToken, type OAuthClient, refreshGrant, requestToken, type TokenEndpoint } from '../../http/oauth.ts';
import { readServiceAccount } from '../../http/service-account.ts';
import { cacheTokens, type TokenCache } from '../../http/token-cache.ts';
import type { Transport } from '../../http/transport.ts';
import type { Opening } from '../../storage/definition.ts';
import { defaultFile, parseCredentials, readCredentials, serializeCredentials, type UserCredentials, writeCredentials } from './credentials-file.ts';
import type { DriveOptions } from './options.ts';
import type { Hosts } from './settings.ts';

/** What logging in needs of the remote. */
export interface LoginSettings {
  readonly options: DriveOptions;
  readonly hosts: Hosts;
  readonly opening: Opening;
  readonly displayUrl: string;
  readonly transport: Transport;
}

/** Those that DVC asks for. */
const SCOPES = ['https://www.googleapis.com/auth/drive', 'https://www.googleapis.com/auth/drive.appdata'];
/** The client DVC uses when none is configured: its logins of earlier times lie under this name and can still be used. */
const DVC_CLIENT_ID = '710796635688-iivsgbgsb6uv1fap6635dhvuei09o66c.apps.googleusercontent.com';
const ENVIRONMENT = 'GDRIVE_CREDENTIALS_DATA';
const HOW = "Make an OAuth client of your own in the Google Cloud console ('APIs & Services': enable 'Google Drive API', then 'Credentials', 'OAuth client ID', 'Desktop app') and set gdrive_client_id and gdrive_client_secret; or set gdrive_use_service_account.";
/** A token that ends sooner is not worth a request. */
const MARGIN_MS = 60_000;

/** Chooses as DVC does: a service account where that is set, else the login of a person. Nothing is read before the first request. */
export function createLogin(settings: LoginSettings): TokenCache {
  const { options, opening } = settings;
  const fetchToken = options.gdrive_use_service_account === true ? serviceAccount(settings) : user(settings);
  return cacheTokens(fetchToken, opening.now);
}

function endpointOf({ opening, hosts, transport }: LoginSettings, { url, who, hint }: { readonly url: string | undefined; readonly who: string; readonly hint: string }): TokenEndpoint {
  return { transport, url: url ?? hosts.tokens, now: opening.now, who, hint };
}

/** Gets an access token. */
type FetchToken = (signal: AbortSignal) => Promise<AccessToken>;

function serviceAccount(settings: LoginSettings): FetchToken {
  const { options, opening } = settings;
  const path = options.gdrive_service_account_json_file_path;
  const inEnvironment = opening.env[ENVIRONMENT];
  // The file wins, as in PyDrive2.
  if (path === undefined && !inEnvironment) throw new TowlineError('INVALID_CONFIG', 'To use service account, set `gdrive_service_account_json_file_path`, and optionally `gdrive_service_account_user_email` in DVC config.');
  return async (signal) => {
    const where = path === undefined ? ENVIRONMENT : `'${path}'`;
    const text = path === undefined ? inEnvironment : readText(path);
    if (text === undefined) throw new TowlineError('INVALID_CONFIG', `${where}, the key file of the service account, does not exist`, { hint: "Correct 'gdrive_service_account_json_file_path' of the remote." });
    const account = readServiceAccount(parsed(text, where), where);
    const subject = options.gdrive_service_account_user_email;
    const endpoint = endpointOf(settings, {
      url: account.tokenUrl, who: `the service account '${account.email}'${subject === undefined ? '' : ` acting for '${subject}'`}`,
      hint: subject === undefined ? 'Check that its key still exists in the Google Cloud console.' : 'Domain-wide delegation must allow this service account the scopes of Drive (Google Workspace admin console, Security, API controls).',
    });
    return await requestToken(endpoint, account.grant({ scopes: SCOPES, subject, now: opening.now() }), signal);
  };
}

function parsed(text: string, where: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // The parser would show what it stumbled over, which may be the key.
    throw new TowlineError('INVALID_CONFIG', `${where} is no JSON`, { hint: 'Download the key of the service account anew.' });
  }
}

/** Where the login of a person is kept; nowhere where the environment holds it. */
interface Keeper {
  readonly where: string;
  load(): UserCredentials | undefined;
  save(text: string): void;
}

function keeperOf({ options, opening }: LoginSettings): Keeper {
  const inEnvironment = opening.env[ENVIRONMENT];
  // The environment wins, as in PyDrive2, which does not write to it either.
  if (inEnvironment) return { where: ENVIRONMENT, load: () => parseCredentials(inEnvironment, ENVIRONMENT), save: () => undefined };
  const path = options.gdrive_user_credentials_file ?? defaultFile(options.gdrive_client_id ?? DVC_CLIENT_ID, options.profile ?? 'default', opening);
  return { where: `'${path}'`, load: () => readCredentials(path), save: (text) => { writeCredentials(path, text, opening); } };
}

function user(settings: LoginSettings): FetchToken {
  const { options: { gdrive_client_id: id, gdrive_client_secret: secret }, opening } = settings;
  if ((id === undefined) !== (secret === undefined)) throw new TowlineError('INVALID_CONFIG', "Please specify GDrive's client ID and secret in DVC config or omit both to use the defaults.", { hint: HOW });
  const keeper = keeperOf(settings);
  let known: UserCredentials | undefined;
  let isFirst = true;
  const take = (token: AccessToken, client: OAuthClient, tokenUrl: string | undefined): AccessToken => {
    const { hosts } = settings;
    const text = serializeCredentials(known, { token, clientId: client.clientId, clientSecret: client.clientSecret, tokenUrl: tokenUrl ?? hosts.tokens, revocationUrl: hosts.revocation, scopes: SCOPES }, opening.now());
    known = parseCredentials(text, keeper.where);
    keeper.save(text);
    return token;
  };
  const logIn = async (why: string, signal: AbortSignal): Promise<AccessToken> => {
    const client = { clientId: id ?? '', clientSecret: secret };
    const token = await askPerson(settings, { client, why, signal });
    known = undefined;
    return take(token, client, undefined);
  };
  return async (signal) => {
    known ??= keeper.load();
    const { access, refreshToken, clientId, clientSecret, tokenUrl } = known ?? {};
    // The second time this was asked the service had refused it.
    const isUsable = isFirst && access !== undefined && access.expiresAt - opening.now() > MARGIN_MS;
    isFirst = false;
    if (isUsable) return access;
    if (refreshToken === undefined || clientId === undefined) return await logIn(known ? `${keeper.where} holds no refresh token` : 'nobody has logged in yet', signal);
    const endpoint = endpointOf(settings, { url: settings.hosts.renewsAll ? undefined : tokenUrl, who: `the login in ${keeper.where}`, hint: `Log in anew: remove ${keeper.where} and run this in a terminal. Google ends the logins of a client in 'Testing' after 7 days: publish it.` });
    try {
      return take(await requestToken(endpoint, refreshGrant({ clientId, clientSecret }, refreshToken), signal), { clientId, clientSecret }, tokenUrl);
    } catch (error) {
      if (!hasCode(error, 'UNAUTHENTICATED') || opening.ask === undefined || id === undefined || opening.env[ENVIRONMENT]) throw error;
      opening.warn({ code: 'LOGIN_ENDED', text: error.message });
      return await logIn('the login has ended', signal);
    }
  };
}

/** Lets the person log in with a browser. */
async function askPerson(settings: LoginSettings, { client, why, signal }: { readonly client: OAuthClient; readonly why: string; readonly signal: AbortSignal }): Promise<AccessToken> {
  const { opening, displayUrl, hosts } = settings;
  const { ask, browse, wait, randomBytes, env } = opening;
  if (client.clientId === '') throw new TowlineError('UNAUTHENTICATED', `${displayUrl} needs a login (${why}), and Google blocks the app that DVC logs in with when none is configured ('This app is blocked')`, { hint: HOW });
  if (ask === undefined || env['GDRIVE_NON_INTERACTIVE']) {
    throw new TowlineError('UNAUTHENTICATED', `${displayUrl} needs a login (${why}), and ${ask === undefined ? 'nobody can be asked here' : 'the environment variable GDRIVE_NON_INTERACTIVE forbids to ask'}`, {
      hint: `Log in once in a terminal; where there is none, put the content of the file with the login into ${ENVIRONMENT}, or use a service account.`,
    });
  }
  const endpoint = endpointOf(settings, { url: undefined, who: displayUrl, hint: 'Log in again, and allow what is asked for.' });
  const person = { ask, wait, randomBytes, ...(browse && { browse }) };
  // 'consent' makes Google give a refresh token every time, not only the first.
  return await logInByBrowser({ endpoint, loginUrl: hosts.loginPage, client, scopes: SCOPES, parameters: { access_type: 'offline', prompt: 'consent' }, person }, signal);
}
