import { TowlineError } from '../../errors.ts';
import { encodePath } from '../../http/encode-path.ts';
import { redactUrl } from '../../http/redact.ts';
import type { Address } from '../../storage/definition.ts';
import type { Path } from '../../storage/path.ts';

/** Reads an http or https URL. User info becomes Basic credentials, as aiohttp takes it; the query goes with every request. */
export function parseAddress(text: string): Address {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || url.hostname === '') {
    throw new TowlineError('INVALID_CONFIG', `'${redactUrl(text)}' is not an http or https URL`, { hint: 'Write it as https://HOST/FOLDER.' });
  }
  const path = url.pathname.replace(/\/+$/, '');
  const login = url.username === '' ? {} : { auth: 'basic', user: decodeURIComponent(url.username), password: decodeURIComponent(url.password) };
  const query = url.search.length > 1 ? { query: url.search.slice(1) } : {};
  const options = { ...login, ...query };
  return { displayUrl: `${url.protocol}//${url.host}${path}`, host: url.host, path, ...(Object.keys(options).length > 0 && { options }) };
}

/** How the URL of each object is spelled: every segment is encoded, so that a name with '%', '?' or '#' stays that name. */
export function objectUrls(displayUrl: string, query: string | undefined): (path: Path) => URL {
  const search = query === undefined || query === '' ? '' : `?${query.replace(/^\?/, '')}`;
  return (path) => new URL(`${displayUrl}${path === '' ? '' : `/${encodePath(path)}`}${search}`);
}
