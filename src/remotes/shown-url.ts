import { redactUrl } from '../http/redact.ts';

/** A URL as listings show it: with its user, for that is no secret and scripts read it, without password and secret parameters. Other text stays as it is. */
export function shownUrl(text: string): string {
  const { scheme, user = '', password, rest = '' } = /^(?<scheme>[a-z][a-z0-9+.-]*:\/\/)(?:(?<user>[^/?#@:]*)(?<password>:[^/?#]*)?@)?(?<rest>.*)$/is.exec(text)?.groups ?? {};
  if (scheme === undefined) return text;
  const login = password === undefined ? user : `${user}:***`;
  return `${scheme}${login === '' ? '' : `${login}@`}${redactUrl(rest)}`;
}
