import { TowlineError } from '../../errors.ts';
import type { Address } from '../../storage/definition.ts';

/** What the host of a URL says of the account: 'account.blob.core.windows.net:443' is account, suffix and port. */
export interface AccountHost {
  readonly account: string;
  /** What follows 'account.blob.'. */
  readonly suffix: string;
}

/**
 * Reads `azure://container/path`, and what adlfs and ClearML read: `azure://container@account.blob.core.windows.net/path` and
 * `azure://account.blob.core.windows.net/container/path`, also with 'dfs' for 'blob'. Without a container that of az's configuration is meant.
 * Nothing in a path is special: '?', '#', '%' and blanks are characters of its name. Only `?versionid=...` at the very end is taken off.
 */
export function parseAddress(url: string): Address {
  const match = /^azure:\/\/([^/]*)(?:\/([^]*))?$/i.exec(url);
  if (!match) throw unusable(url, 'it must be azure://CONTAINER or azure://CONTAINER/PREFIX');
  const authority = match[1] ?? '';
  const at = authority.lastIndexOf('@');
  const user = at < 0 ? undefined : authority.slice(0, at);
  if (user !== undefined && /[:?]/.test(user)) throw unusable('azure://***', 'credentials do not belong in it', 'Set account_key or sas_token of the remote.');
  const host = readHost(authority.slice(at + 1));
  if (user !== undefined && host === undefined) throw unusable(url, "what follows '@' must be ACCOUNT.blob.core.windows.net");
  const rest = (match[2] ?? '').replace(/\/+$/, '');
  const cut = rest.indexOf('/');
  const isFirstSegment = host !== undefined && user === undefined;
  const container = isFirstSegment ? rest.slice(0, cut < 0 ? rest.length : cut) : user ?? authority;
  const { path, versionId } = splitVersion(isFirstSegment ? (cut < 0 ? '' : rest.slice(cut + 1)) : rest);
  if (container !== '') checkContainer(container, url);
  checkPath(path, url);
  return {
    displayUrl: ['azure:/', host === undefined ? container : `${container}@${host.account}.blob.${host.suffix}`, path].filter((part, index) => index < 2 || part !== '').join('/'),
    host: container,
    path,
    ...(versionId === undefined ? {} : { versionId }),
    ...(host && { options: { ...host } }),
  };
}

/** The account host that `parseAddress` found. */
export function accountHost({ options }: Address): AccountHost | undefined {
  const { account, suffix } = options ?? {};
  return account === undefined || suffix === undefined ? undefined : { account, suffix };
}

/** A container's name has no dot, so a host with 'blob' or 'dfs' in it is an account's. */
function readHost(host: string): AccountHost | undefined {
  const [, account, suffix] = /^([a-z0-9]{1,64})\.(?:blob|dfs)\.([a-z0-9][a-z0-9.-]*(?::\d{1,5})?)$/i.exec(host) ?? [];
  return account === undefined || suffix === undefined ? undefined : { account: account.toLowerCase(), suffix: suffix.toLowerCase() };
}

function splitVersion(path: string): { readonly path: string; readonly versionId?: string } {
  const match = /^([^]*)\?versionid=([0-9TZ:.-]+)$/i.exec(path);
  return match?.[1] === undefined || match[2] === undefined ? { path } : { path: match[1], versionId: match[2] };
}

/** https://learn.microsoft.com/rest/api/storageservices/naming-and-referencing-containers--blobs--and-metadata */
export function checkContainer(name: string, url: string): void {
  if (!/^(?:\$root|\$web|\$logs|[a-z0-9](?:-?[a-z0-9]){2,62})$/.test(name)) throw unusable(url, `'${name}' cannot be the name of a container, which has 3 to 63 small letters, digits and single hyphens`);
}

// Segments of dots would be folded by every HTTP client and proxy on the way, so that another object would be touched.
function checkPath(path: string, url: string): void {
  if (path.startsWith('/')) throw unusable(url, 'the prefix begins with two slashes');
  if (/[\u0000-\u001f\u007f]/.test(path)) throw unusable(JSON.stringify(url), 'it holds a control character');
  if (/(?:^|\/)\.{1,2}(?:\/|$)/.test(path)) throw unusable(url, "it has a '.' or '..' segment");
}

const unusable = (url: string, why: string, hint = 'Correct the url of the remote.'): TowlineError =>
  new TowlineError('INVALID_CONFIG', `${url} is not a usable Azure address: ${why}`, { hint });
