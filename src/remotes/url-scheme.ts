import { pathSchemes } from '../drivers/index.ts';

/** The scheme of a remote's URL as DVC sees it, in lower case; '' for a path, which is everything that names no host after `//`. */
export function urlScheme(url: string): string {
  const prefix = pathPrefix(url);
  if (prefix !== '') return prefix.slice(0, -1).toLowerCase();
  const { scheme, host } = /^[\u0000-\u0020]*(?<scheme>[a-z][a-z0-9+.-]*):\/\/(?<host>[^/?#]*)/i.exec(url)?.groups ?? {};
  return scheme === undefined || host === '' ? '' : scheme.toLowerCase();
}

/** What stands before the path of a URL that is one: `SCHEME:`; '' for any other. */
export function pathPrefix(url: string): string {
  const prefix = /^([a-z][a-z0-9+.-]*):(?!\/\/)/i.exec(url)?.[0] ?? '';
  return pathSchemes.has(prefix.slice(0, -1).toLowerCase()) ? prefix : '';
}
