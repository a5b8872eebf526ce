/** The scheme of a remote's URL as DVC sees it, in lower case; '' for a path, which is everything that names no host after `//`. */
export function urlScheme(url: string): string {
  const { scheme, host } = /^[\u0000-\u0020]*(?<scheme>[a-z][a-z0-9+.-]*):\/\/(?<host>[^/?#]*)/i.exec(url)?.groups ?? {};
  return scheme === undefined || host === '' ? '' : scheme.toLowerCase();
}
