import { TowlineError } from '../../errors.ts';
import { decodePart, encodePath } from '../../http/encode-path.ts';
import { redactUrl } from '../../http/redact.ts';
import type { Address } from '../../storage/definition.ts';
import type { Path } from '../../storage/path.ts';

/** Reads a webdav or webdavs URL as DVC does: repeated slashes count once, and what follows a '?' or '#' does not belong to it. */
export function parseAddress(text: string): Address {
  const rest = /^webdav(s?:\/\/.*)$/is.exec(text)?.[1] ?? '';
  const url = URL.canParse(`http${rest}`) ? new URL(`http${rest}`) : undefined;
  if (!url || url.hostname === '') throw new TowlineError('INVALID_CONFIG', `'${redactUrl(text)}' is not a webdav or webdavs URL`, { hint: 'Write it as webdavs://HOST/FOLDER.' });
  const path = url.pathname.replace(/\/{2,}/g, '/').replace(/\/$/, '');
  const user = url.username === '' ? {} : { user: decodePart(url.username) ?? url.username };
  const password = url.password === '' ? {} : { password: decodePart(url.password) ?? url.password };
  const options = { ...user, ...password };
  return { displayUrl: `${url.protocol.replace('http', 'webdav')}//${url.host}${path}`, host: url.host, path, ...(Object.keys(options).length > 0 && { options }) };
}

/** The URL that HTTP is spoken to. */
export const httpUrl = (displayUrl: string): string => displayUrl.replace(/^webdav/, 'http');

/** The URL of an object, or of a folder, which some servers know only with a slash at its end. */
export function urlOf(base: string, path: Path, { isFolder = false } = {}): URL {
  return new URL(`${base}${path === '' ? '' : `/${encodePath(path)}`}${isFolder ? '/' : ''}`);
}

/**
 * The names in an href. Servers write it as a path or as a URL, with their own host and prefix behind a proxy, with and without a slash at
 * its end, and encode more or fewer letters; webdav-server 2.6 leaves '?' and '#' as they are. Undefined where it is not UTF-8.
 */
export function namesOf(href: string): readonly string[] | undefined {
  const names = href.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/]*/i, '').split('/').filter((part) => part !== '').map(decodePart);
  return names.every((name) => name !== undefined) ? names : undefined;
}
