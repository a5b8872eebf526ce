import { TowlineError } from '../../errors.ts';
import type { Address } from '../../storage/definition.ts';

const HOST = /^(?:\[(?<six>[0-9A-Fa-f:.]+(?:%[\w.-]+)?)\]|(?<host>[^:@[\]]+))(?::(?<port>\d{1,5}))?$/;

/** Reads `ssh://[user@]host[:port]/absolute/path`. Everything is taken as it stands: '%' and '#' are parts of names, as in DVC. */
export function parseSshUrl(url: string): Address {
  const [, authority = '', rest = ''] = /^ssh:\/\/([^/?#]*)(.*)$/is.exec(url) ?? wrong(url, 'it does not begin with ssh://');
  const at = authority.lastIndexOf('@');
  const { user, password } = parseUserInfo(authority.slice(0, Math.max(at, 0)));
  const groups = HOST.exec(authority.slice(at + 1))?.groups ?? wrong(url, 'its host and port cannot be read');
  const host = groups['six'] ?? groups['host'] ?? '';
  const { port } = groups;
  // The openssh transport passes both on a command line, where a leading '-' would be an option.
  if ([host, user ?? ''].some((part) => /^-|[\s\u0000-\u001f]/.test(part))) wrong(url, "host and user must not begin with '-' or hold blanks");
  if (port !== undefined && (Number(port) < 1 || Number(port) > 65535)) wrong(url, `${port} is no port`);
  // DVC drops everything from a '?' on, so the two programs would keep their files in different folders.
  if (rest.includes('?')) wrong(url, "a '?' in the path is not supported");
  if (!rest.startsWith('/')) wrong(url, 'its path must be absolute', `Write ssh://${host}/home/you/folder; there is no '~'.`);
  const path = `/${rest.replace(/^\/+|\/+$/g, '')}`;
  const shownHost = groups['six'] === undefined ? host : `[${host}]`;
  return {
    displayUrl: `ssh://${user === undefined ? '' : `${user}@`}${shownHost}${port === undefined ? '' : `:${port}`}${path}`,
    host, path,
    options: { ...(user !== undefined && { user }), ...(port !== undefined && { port }), ...(password !== undefined && { password }) },
  };
}

function parseUserInfo(text: string): { readonly user: string | undefined; readonly password: string | undefined } {
  const colon = text.indexOf(':');
  const [user, password] = colon < 0 ? [text, undefined] : [text.slice(0, colon), text.slice(colon + 1)];
  return { user: user === '' ? undefined : user, password };
}

function wrong(url: string, why: string, hint?: string): never {
  const shown = url.replace(/^(ssh:\/\/)[^/]*@/i, '$1***@');
  throw new TowlineError('INVALID_CONFIG', `'${shown}' is not a usable SSH URL: ${why}`, { hint: hint ?? 'The form is ssh://[user@]host[:port]/absolute/path.' });
}
