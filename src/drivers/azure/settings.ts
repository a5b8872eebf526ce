import { TowlineError } from '../../errors.ts';
import type { ConnectionSettings } from '../../http/transport.ts';
import type { Runtime } from '../../runtime.ts';
import type { Address } from '../../storage/definition.ts';
import { accountHost, checkContainer } from './address.ts';
import { type Lent, readLent } from './az-config.ts';
import { type ConnectionString, parseConnectionString } from './connection-string.ts';
import { accountOf, addressEndpoint, cloudEndpoint, type Endpoint } from './endpoint.ts';
import { chooseLogin, type LoginChoice, loginOfString } from './login-choice.ts';
import type { AzureOptions } from './options.ts';

/** Everything about one remote that its URL, its options, the environment and az's configuration say together. */
export interface Settings {
  readonly account: string;
  readonly container: string;
  readonly endpoint: Endpoint;
  readonly login: LoginChoice;
  readonly connection: ConnectionSettings;
}

/** Reads az's configuration and puts everything together. What the remote itself says wins over what the environment and files lend. */
export function readSettings(address: Address, options: AzureOptions, runtime: Pick<Runtime, 'env' | 'home'>): Settings {
  const lent = readLent(runtime);
  const named = namedAccount(address, options);
  const text = connectionString(named, options, lent);
  const account = text?.account ?? named ?? lent.account;
  if (account === undefined) {
    throw new TowlineError('INVALID_CONFIG', 'Authentication to Azure Blob Storage requires either account_name or connection_string.', {
      hint: "Set one of them: tow remote modify NAME account_name ACCOUNT, AZURE_STORAGE_ACCOUNT, or [storage] of az's configuration.",
    });
  }
  const endpoint = chooseEndpoint(account, { address, options, text });
  return {
    account, endpoint,
    container: chooseContainer(address, lent),
    login: text ? loginOfString(text, options) : chooseLogin(account, { options, lent, env: runtime.env }),
    connection: connectionSettings(options),
  };
}

/** The account that the remote itself names. */
function namedAccount(address: Address, options: AzureOptions): string | undefined {
  const inUrl = accountHost(address)?.account;
  const inOptions = options.account_name?.toLowerCase();
  if (inUrl !== undefined && inOptions !== undefined && inUrl !== inOptions) throw contradiction(`account_name '${inOptions}'`, inUrl);
  return inOptions ?? inUrl;
}

type ReadString = ConnectionString & { readonly account: string; readonly isLent: boolean };

/** The connection string that counts. One that is only lent is passed over when it is of another account than the remote's. */
function connectionString(named: string | undefined, options: AzureOptions, lent: Lent): ReadString | undefined {
  const own = options.connection_string;
  const hasOwnLogin = options.account_key !== undefined || options.sas_token !== undefined || options.allow_anonymous_login === true || options.client_id !== undefined;
  const text = own ?? (hasOwnLogin && (named ?? lent.account) !== undefined ? undefined : lent.connectionString);
  if (text === undefined) return undefined;
  const parsed = parseConnectionString(text);
  const account = parsed.account ?? accountOf(parsed.blobEndpoint ?? '');
  if (account === undefined) throw new TowlineError('INVALID_CONFIG', 'Authentication to Azure Blob Storage via connection string failed: it names no account', { hint: 'Add AccountName to it.' });
  if (named === undefined || named === account) return { ...parsed, account, isLent: own === undefined };
  if (own !== undefined) throw contradiction('connection_string', named, account);
  return undefined;
}

const contradiction = (what: string, named: string, other?: string): TowlineError =>
  new TowlineError('INVALID_CONFIG', `${what} is of another account than '${named}'${other === undefined ? ', which the url names' : `: of '${other}'`}`, { hint: 'Unset one of the two.' });

interface EndpointFacts {
  readonly address: Address;
  readonly options: AzureOptions;
  readonly text: ReadString | undefined;
}

function chooseEndpoint(account: string, { address, options, text }: EndpointFacts): Endpoint {
  if (options.endpointurl !== undefined) return addressEndpoint(options.endpointurl, account);
  if (options.endpoint_suffix !== undefined) return cloudEndpoint(account, options.endpoint_suffix, text?.protocol);
  if (text?.blobEndpoint !== undefined) return addressEndpoint(text.blobEndpoint, account);
  return cloudEndpoint(account, text?.suffix ?? accountHost(address)?.suffix ?? 'core.windows.net', text?.protocol);
}

function chooseContainer({ host = '', displayUrl }: Address, { container }: Lent): string {
  if (host !== '') return host;
  if (container === undefined) throw new TowlineError('INVALID_CONFIG', `${displayUrl} names no container`, { hint: "Write azure://CONTAINER/PREFIX, or set it for az: az config set storage.container_name=CONTAINER." });
  checkContainer(container, displayUrl);
  return container;
}

function connectionSettings({ ssl_verify: verify, read_timeout: read, connection_timeout: connect }: AzureOptions): ConnectionSettings {
  return {
    verifyTls: verify !== false,
    ...(typeof verify === 'string' ? { caFile: verify } : {}),
    ...(connect === undefined ? {} : { connectTimeoutSeconds: connect }),
    ...(read === undefined ? {} : { idleTimeoutSeconds: read }),
  };
}
