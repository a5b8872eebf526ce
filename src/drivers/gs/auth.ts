import { readText } from '../../disk/read.ts';
import { TowlineError } from '../../errors.ts';
import { refreshGrant, requestToken } from '../../http/oauth.ts';
import { readServiceAccount, type ServiceAccount } from '../../http/service-account.ts';
import { cacheTokens } from '../../http/token-cache.ts';
import type { Transport } from '../../http/transport.ts';
import type { Runtime } from '../../runtime.ts';
import { abortable } from '../../storage/call.ts';
import { type Identity, SCOPES } from './identity.ts';
import type { GsOptions } from './options.ts';
import type { Endpoint } from './settings.ts';

/** Where the tokens of one remote come from. */
export interface Login {
  /** A token that can be sent now without waiting; undefined when `token` must be asked. */
  current(): string | undefined;
  /** A token; undefined: nobody is logged in. */
  token(signal?: AbortSignal): Promise<string | undefined>;
  /** The service refused `token`. True when another can be had. */
  discard(token: string): boolean;
  /** The project that pays where readers pay. */
  readonly payer: string | undefined;
  /** The project whose quota is used, which a user's own login names. */
  quotaProject(): string | undefined;
  /** The key that URLs are signed with; undefined where the login has none. */
  signer(): ServiceAccount | undefined;
}
/** What logging in needs of the driver it is for. */
export interface LoginFacts {
  readonly options: GsOptions;
  readonly endpoint: Endpoint;
  readonly transport: Transport;
  readonly runtime: Pick<Runtime, 'env' | 'home' | 'platform' | 'now'>;
}
const AGAIN = "Make a new key for it, or log in anew with 'gcloud auth application-default login'.";

/** Chooses by the order of gcsfs: options of the remote, GOOGLE_APPLICATION_CREDENTIALS, gcloud's own file, the machine's identity, nobody. */
export function createLogin(facts: LoginFacts): Login {
  const { options, runtime } = facts;
  let found: Promise<Identity | undefined> | undefined;
  let identity: Identity | undefined;
  const cache = cacheTokens(async (signal) => await (identity ?? (await find()) ?? nobody()).fetchToken(signal), runtime.now);
  const find = async (): Promise<Identity | undefined> => {
    try {
      return (identity = await (found ??= findIdentity(facts)));
    } catch (error) {
      found = undefined;
      throw error;
    }
  };
  return {
    current: () => cache.current(),
    token: async (signal) => ((await abortable(find(), signal)) === undefined ? undefined : await cache.get(signal)),
    discard: (token) => cache.discard(token) || cache.current() !== token,
    payer: options.projectname,
    quotaProject: () => identity?.quotaProject,
    signer: () => (options.allow_anonymous_login ? undefined : namedFile(facts)?.signer),
  };
}

const nobody = (): never => { throw new TowlineError('UNAUTHENTICATED', 'Nobody is logged in'); };

async function findIdentity(facts: LoginFacts): Promise<Identity | undefined> {
  if (facts.options.allow_anonymous_login) return undefined;
  const file = namedFile(facts);
  if (file !== undefined) return file;
  const { env } = facts.runtime;
  const isAway = env['METADATA_SERVER_DETECTION']?.trim().toLowerCase() === 'none' || env['NO_GCE_CHECK'] === 'true';
  if (isAway || !facts.endpoint.isGoogle) return undefined;
  const { machineIdentity } = await import('./official-credentials.ts');
  return machineIdentity();
}

/** The identity of the first file that is named or there. */
function namedFile(facts: LoginFacts): Identity | undefined {
  const { options, endpoint, runtime: { env } } = facts;
  if (options.credentialpath !== undefined) {
    if (!endpoint.isPrivate) throw new TowlineError('INVALID_CONFIG', `The credentials in '${options.credentialpath}' would be sent over plain http to ${endpoint.base}`, { hint: 'Use an https endpoint, or set allow_anonymous_login.' });
    return readIdentity(options.credentialpath, 'credentialpath', facts);
  }
  if (!endpoint.isTrusted) return undefined;
  const named = env['GOOGLE_APPLICATION_CREDENTIALS'];
  if (named !== undefined && named !== '') return readIdentity(named, 'GOOGLE_APPLICATION_CREDENTIALS', facts);
  const usual = gcloudFile(facts.runtime);
  return readText(usual) === undefined ? undefined : readIdentity(usual, 'gcloud', facts);
}

/** Where `gcloud auth application-default login` puts its file. */
function gcloudFile({ env, home, platform }: Pick<Runtime, 'env' | 'home' | 'platform'>): string {
  const folder = env['CLOUDSDK_CONFIG'] ?? (platform === 'win32' ? `${env['APPDATA'] ?? home}/gcloud` : `${home}/.config/gcloud`);
  return `${folder}/application_default_credentials.json`;
}

function readIdentity(path: string, from: string, facts: LoginFacts): Identity {
  const text = readText(path);
  if (text === undefined) throw new TowlineError('INVALID_CONFIG', `'${path}', which ${from} names, does not exist`, { hint: from === 'credentialpath' ? "Set 'credentialpath' to the JSON file of a service account." : `Correct ${from}.` });
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    // The cause is left out: it quotes the text, which may hold a key.
    throw unusable(path, 'it is not JSON');
  }
  if (typeof json !== 'object' || json === null) throw unusable(path, 'it is not a JSON object');
  return identityOf(json as Readonly<Record<string, unknown>>, path, facts);
}

function identityOf(json: Readonly<Record<string, unknown>>, path: string, facts: LoginFacts): Identity {
  const { transport, runtime: { now } } = facts;
  const field = (name: string): string | undefined => (typeof json[name] === 'string' && json[name] !== '' ? json[name] : undefined);
  const quotaProject = facts.runtime.env['GOOGLE_CLOUD_QUOTA_PROJECT'] ?? field('quota_project_id');
  const type = field('type');
  if (type === 'service_account') {
    const signer = readServiceAccount(json, `'${path}'`);
    const endpoint = { transport, url: signer.tokenUrl, now, who: `the service account '${signer.email}'`, hint: AGAIN };
    return { signer, quotaProject, fetchToken: (signal) => requestToken(endpoint, signer.grant({ scopes: SCOPES, now: now() }), signal) };
  }
  if (type === 'authorized_user') {
    const [clientId, refreshToken] = [field('client_id'), field('refresh_token')];
    if (clientId === undefined || refreshToken === undefined) throw unusable(path, `'${clientId === undefined ? 'client_id' : 'refresh_token'}' is missing`);
    const endpoint = { transport, url: field('token_uri') ?? 'https://oauth2.googleapis.com/token', now, who: `the user of '${path}'`, hint: AGAIN };
    return { quotaProject, fetchToken: (signal) => requestToken(endpoint, refreshGrant({ clientId, clientSecret: field('client_secret') }, refreshToken), signal) };
  }
  if (type !== undefined && OFFICIAL.has(type)) {
    return {
      quotaProject,
      fetchToken: async () => (await import('./official-credentials.ts')).fetchOfficialToken(json, { path, now }),
    };
  }
  throw unusable(path, type === undefined ? "'type' is missing" : `'${type.slice(0, 60)}' is a type of credentials that is not known here`);
}

/** What Google's own package logs in with. */
const OFFICIAL: ReadonlySet<string> = new Set(['external_account', 'external_account_authorized_user', 'impersonated_service_account']);

const unusable = (path: string, why: string): TowlineError =>
  new TowlineError('INVALID_CONFIG', `'${path}' holds no credentials of Google: ${why}`, { hint: 'It should be the JSON file of a service account, of gcloud, or of a workload identity.' });
