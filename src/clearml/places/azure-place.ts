import { remoteOf, settingsOf } from '../../remotes/made-remote.ts';
import { TowlineError } from '../../errors.ts';
import { type Part, partAt } from '../config/values.ts';
import { variable } from '../config/variables.ts';
import { type Finding, type RemoteTarget, splitFirst, splitUrl } from './target.ts';

/** What an entry of `azure.storage.containers` says; one more may come from the environment. */
export interface AzureEntry {
  readonly account: string;
  readonly container: string | undefined;
  readonly key: string | undefined;
  readonly sas: string | undefined;
  readonly connectionString: string | undefined;
  readonly usesDefault: boolean;
  readonly part: Part | undefined;
}

/** The entry of the account with that container, else one of the whole account: whichever stands first in the file. */
export function chooseAzure(url: string, { config }: Pick<Finding, 'config'>): { readonly entry: AzureEntry | undefined; readonly account: string; readonly container: string } {
  const { host, rest } = splitUrl(url);
  const container = splitFirst(rest).first;
  if (container === '') throw new TowlineError('INVALID_ARGUMENT', `URI ${url} is missing a container name (expected [https/azure]://<account-name>.../<container-name>)`);
  const account = (host.split('.')[0] ?? '').toLowerCase();
  const mine = entriesOf({ config }).filter((entry) => entry.account.toLowerCase() === account && (entry.container === undefined || entry.container === container));
  return { entry: mine.find((entry) => entry.container !== undefined) ?? mine[0], account, container };
}

function entriesOf({ config }: Pick<Finding, 'config'>): readonly AzureEntry[] {
  const inFile = partAt(config, 'sdk.azure.storage').parts('containers').map((part): AzureEntry => ({
    account: part.text('account_name') ?? '', container: part.text('container_name'), key: part.text('account_key'), sas: part.text('container_sas') ?? part.text('sas_token'),
    connectionString: part.text('connection_string'), usesDefault: part.flag('use_default_credential') ?? false, part,
  }));
  const [account, key] = [config.env['AZURE_STORAGE_ACCOUNT'], config.env['AZURE_STORAGE_KEY']];
  const usesDefault = /^(?:1|true|yes|on)$/i.test(variable(config.env, 'AZURE_STORAGE_USE_DEFAULT_CREDENTIAL')?.value ?? '');
  if (account === undefined || account === '' || ((key ?? '') === '' && !usesDefault)) return inFile;
  return [...inFile, { account, container: undefined, key: usesDefault ? undefined : key, sas: undefined, connectionString: undefined, usesDefault, part: undefined }];
}

/** `azure://account.blob.core.windows.net/container/blob`, of every cloud and of hosts of one's own. */
export function azureTarget(url: string, finding: Finding): RemoteTarget {
  const { entry, account, container } = chooseAzure(url, finding);
  if (entry === undefined) {
    throw new TowlineError('UNAUTHENTICATED', `Can't find azure configuration for ${url}`, { hint: `Add an entry to sdk.azure.storage.containers with account_name: "${account}", or set AZURE_STORAGE_ACCOUNT and AZURE_STORAGE_KEY.` });
  }
  const { host, rest } = splitUrl(url);
  const place = entry.part?.place() ?? { file: 'the environment variable AZURE_STORAGE_ACCOUNT', line: 0, column: 0 };
  const isService = SERVICE.test(host);
  const settings = settingsOf({
    account_name: isService ? undefined : account, account_key: entry.key, sas_token: entry.sas?.replace(/^\?/, ''), connection_string: entry.connectionString,
    endpointurl: isService || !host.includes('.') ? undefined : `https://${host}`,
  }, place);
  const who = entry.usesDefault ? 'the default credentials of Azure' : entry.key !== undefined ? 'its key' : entry.sas !== undefined ? 'its shared access signature' : entry.connectionString !== undefined ? 'its connection string' : 'the default credentials of Azure';
  return {
    kind: 'remote', base: `azure://${host.toLowerCase()}/${container}`, name: splitFirst(rest).name,
    remote: remoteOf(isService ? `azure://${host.toLowerCase()}/${container}` : `azure://${container}`, settings),
    forDvc: remoteOf(`azure://${container}`, settingsOf(optionsForDvc(entry, { account, host }), place)),
    reason: `${entry.part === undefined ? 'AZURE_STORAGE_ACCOUNT of the environment' : `the entry of sdk.azure.storage.containers at ${place.file}:${place.line} (account '${entry.account}'${entry.container === undefined ? '' : `, container '${entry.container}'`})`}, with ${who}`,
  };
}

/** 'account.blob.core.windows.net', in which account and suffix of the cloud are told apart. */
const SERVICE = /^[a-z0-9]+\.(?:blob|dfs)\.([^/]+)$/i;
const PUBLIC_CLOUD = 'core.windows.net';

/** DVC knows the account as an option only, never as part of the URL, and every other address than that of the public cloud as part of a connection string. */
function optionsForDvc({ key, sas, connectionString }: AzureEntry, { account, host }: { readonly account: string; readonly host: string }): Readonly<Record<string, string | undefined>> {
  const signature = sas?.replace(/^\?/, '');
  if (connectionString !== undefined) return { connection_string: connectionString };
  const suffix = SERVICE.exec(host)?.[1]?.toLowerCase() ?? (host.includes('.') ? undefined : PUBLIC_CLOUD);
  if (suffix === PUBLIC_CLOUD) return { account_name: account, account_key: key, sas_token: signature };
  const login = key !== undefined ? `AccountKey=${key}` : signature !== undefined ? `SharedAccessSignature=${signature}` : undefined;
  const endpoint = suffix === undefined ? `https://${host}` : `https://${account}.blob.${suffix}`;
  if (login !== undefined) return { connection_string: `DefaultEndpointsProtocol=https;AccountName=${account};${login};BlobEndpoint=${endpoint}` };
  return { account_name: account, ...(suffix === undefined ? { endpointurl: endpoint } : { endpoint_suffix: suffix }) };
}
