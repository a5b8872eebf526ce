import { TowlineError } from '../../errors.ts';
import type { Address } from '../../storage/definition.ts';

const HOST = /^(?:\[(?<six>[0-9A-Fa-f:.]+)\]|(?<host>[^:@[\]\s]*))(?::(?<port>\d{1,5}))?$/;

/** Reads `hdfs://[user@]host[:port]/path[?replication=N]`. Nothing is decoded: '%' and '#' are parts of names, as in DVC; a '?' ends the path, as in DVC. */
export function parseHdfsUrl(url: string): Address {
  const [, authority = '', rest = ''] = /^hdfs:\/\/([^/?#]*)(.*)$/is.exec(url) ?? wrong(url, 'it does not begin with hdfs://');
  const at = authority.lastIndexOf('@');
  const user = at < 0 ? undefined : authority.slice(0, at);
  if (user?.includes(':') === true) wrong(url, 'HDFS knows no passwords');
  const groups = HOST.exec(authority.slice(at + 1))?.groups ?? wrong(url, 'its host and port cannot be read');
  const host = groups['six'] ?? groups['host'] ?? '';
  const { port } = groups;
  if (port !== undefined && (host === '' || Number(port) < 1 || Number(port) > 65535)) wrong(url, `'${authority}' is no address`);
  const mark = rest.indexOf('?');
  const replication = mark < 0 ? undefined : replicationOf(url, rest.slice(mark + 1));
  const path = `/${(mark < 0 ? rest : rest.slice(0, mark)).replace(/^\/+|\/+$/g, '')}`;
  if (path.split('/').some((segment, index) => index > 0 && path !== '/' && (segment === '' || segment === '.' || segment === '..'))) wrong(url, "its path holds '//', '.' or '..'");
  const shownHost = groups['six'] === undefined ? host : `[${host}]`;
  return {
    displayUrl: `hdfs://${user === undefined || user === '' ? '' : `${user}@`}${shownHost}${port === undefined ? '' : `:${port}`}${path}`,
    host, path,
    options: { ...(user !== undefined && user !== '' && { user }), ...(port !== undefined && { port }), ...(replication !== undefined && { replication }) },
  };
}

function replicationOf(url: string, query: string): string | undefined {
  const [name, value = '', ...more] = query.split(/[=&]/);
  if (query === '') return undefined;
  if (name !== 'replication' || more.length > 0 || !/^\d{1,3}$/.test(value) || Number(value) < 1) wrong(url, `of what may follow a '?' only 'replication=N' is known`);
  return value;
}

function wrong(url: string, why: string): never {
  const shown = url.replace(/^(hdfs:\/\/)[^/]*@/i, '$1***@');
  throw new TowlineError('INVALID_CONFIG', `'${shown}' is not a usable HDFS URL: ${why}`, { hint: 'The form is hdfs://[user@]host[:port]/path[?replication=N].' });
}
