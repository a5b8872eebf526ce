import { TowlineError } from '../../errors.ts';

/** Where the blob service of an account is. */
export interface Endpoint {
  /** 'https://account.blob.core.windows.net'. */
  readonly origin: string;
  /** What stands before the container in a path: '' or, where the host does not name the account, '/account'. */
  readonly base: string;
  readonly isSecure: boolean;
  /** The domain of the cloud; undefined where the address was given as a whole. */
  readonly suffix: string | undefined;
}

/** Domains of Microsoft's clouds, with the authorities that log in to them. https://learn.microsoft.com/azure/storage/common/storage-powershell-independent-clouds, 2026-11-21 */
const CLOUDS: readonly (readonly [suffix: string, authority: string | undefined])[] = [
  ['core.windows.net', undefined], ['storage.azure.net', undefined], ['fabric.microsoft.com', undefined],
  ['core.chinacloudapi.cn', 'https://login.chinacloudapi.cn'], ['core.usgovcloudapi.net', 'https://login.microsoftonline.us'], ['core.cloudapi.de', 'https://login.microsoftonline.de'],
];

/** The endpoint of an account in a cloud. */
export function cloudEndpoint(account: string, suffix: string, protocol: 'http' | 'https' = 'https'): Endpoint {
  if (!/^[a-z0-9][a-z0-9.-]*(?::\d{1,5})?$/i.test(suffix)) throw new TowlineError('INVALID_CONFIG', `endpoint_suffix '${suffix}' is not the domain of a cloud`, { hint: "Write it as 'core.windows.net'." });
  if (!/^[a-z0-9]{1,64}$/.test(account)) throw new TowlineError('INVALID_CONFIG', `'${account}' cannot be the name of a storage account`, { hint: 'It has 3 to 24 small letters and digits.' });
  return { origin: `${protocol}://${account}.blob.${suffix}`, base: '', isSecure: protocol === 'https', suffix };
}

/** The endpoint at an address given as a whole. An emulator on an IP address or `localhost` names the account in the path: it is added where it is missing. */
export function addressEndpoint(text: string, account: string): Endpoint {
  const url = /^https?:\/\/[^/\s]/i.test(text) && URL.canParse(text) ? new URL(text) : undefined;
  const shown = text.replace(/\/\/[^/@]*@/, '//***@').replace(/\?.*$/s, '?***');
  if (!url) throw new TowlineError('INVALID_CONFIG', `'${shown}' is not an http:// or https:// address of a blob service`, { hint: 'Write it as https://HOST or http://HOST:PORT/ACCOUNT.' });
  if (url.username !== '' || url.search !== '' || url.hash !== '') throw new TowlineError('INVALID_CONFIG', `'${shown}' must not have a user, a query or a fragment`, { hint: 'Set a SAS as sas_token of the remote.' });
  const path = url.pathname.replace(/\/+$/, '');
  return { origin: url.origin, base: path === '' && isBareHost(url.hostname) ? `/${account}` : path, isSecure: url.protocol === 'https:', suffix: undefined };
}

/** The account that an address names: by the first label of its host, else by the first segment of its path. */
export function accountOf(text: string): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url) return undefined;
  return (isBareHost(url.hostname) ? url.pathname.split('/')[1] : url.hostname.split('.')[0]) || undefined;
}

const isBareHost = (host: string): boolean => !host.includes('.') || host.startsWith('[') || /^\d+(?:\.\d+){3}$/.test(host);

/** True on this machine itself, where nobody listens on the way. */
export const isLoopback = ({ origin }: Endpoint): boolean => /^(?:localhost|.*\.localhost|127(?:\.\d+){3}|\[::1\])$/.test(new URL(origin).hostname);

/** True for hosts of Microsoft's clouds. */
export const isMicrosoft = (endpoint: Endpoint): boolean => endpoint.isSecure && cloudOf(endpoint) !== undefined;

/** Who logs in to the cloud of an endpoint; undefined where it is the public one's, or nobody knows. */
export const authorityOf = (endpoint: Endpoint): string | undefined => cloudOf(endpoint)?.[1];

function cloudOf({ origin }: Endpoint): (typeof CLOUDS)[number] | undefined {
  const host = new URL(origin).hostname;
  return CLOUDS.find(([suffix]) => host.endsWith(`.${suffix}`));
}
