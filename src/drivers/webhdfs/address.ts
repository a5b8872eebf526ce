import { TowlineError } from '../../errors.ts';
import type { Address } from '../../storage/definition.ts';

const HOST = /^(?<host>\[[0-9A-Fa-f:.]+\]|[^:@[\]\s]+)(?::(?<port>\d{1,5}))?$/;
/** What DVC takes where the URL names none: the port of Hadoop 2. Hadoop 3 has 9870, HttpFS 14000. */
const DEFAULT_PORT = '50070';

/** Reads `webhdfs://[user[:password]@]host[:port]/absolute/path`. The path is taken as it stands: '%' and '#' are parts of names, as in DVC. */
export function parseAddress(url: string): Address {
  const [, authority = '', rest = ''] = /^webhdfs:\/\/([^/?#]*)(.*)$/is.exec(url) ?? wrong(url, 'it does not begin with webhdfs://');
  const at = authority.lastIndexOf('@');
  const [user = '', password] = splitAt(authority.slice(0, Math.max(at, 0)), ':');
  const { host = '', port = DEFAULT_PORT } = HOST.exec(authority.slice(at + 1))?.groups ?? wrong(url, 'its host and port cannot be read');
  if (Number(port) < 1 || Number(port) > 65535) wrong(url, `${port} is no port`);
  // DVC drops everything from a '?' on, so the two programs would keep their files in different folders.
  if (rest.includes('?')) wrong(url, "a '?' in the path is not supported");
  if (/[\u0000-\u001f\u007f]|(?:^|\/)\.{1,2}(?:\/|$)/.test(rest)) wrong(url, "its path holds '.', '..' or a control character");
  const path = rest.split('/').filter((segment) => segment !== '').map((segment) => `/${segment}`).join('');
  return {
    displayUrl: `webhdfs://${host}:${port}${path}`, host: `${host}:${port}`, path,
    options: { ...(user !== '' && { user }), ...(password !== undefined && { password }) },
  };
}

function splitAt(text: string, mark: string): readonly string[] {
  const at = text.indexOf(mark);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}

function wrong(url: string, why: string): never {
  const shown = url.replace(/^(webhdfs:\/\/)[^/]*@/i, '$1***@');
  throw new TowlineError('INVALID_CONFIG', `'${shown}' is not a usable WebHDFS URL: ${why}`, { hint: 'The form is webhdfs://[user@]host[:port]/absolute/path.' });
}
