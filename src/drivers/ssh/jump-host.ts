import { TowlineError } from '../../errors.ts';

/** A host on the way to another. */
export interface JumpHost { readonly host: string; readonly user: string | undefined; readonly port: number | undefined }

/** `[user@]host[:port]`, or the same as an ssh:// URL. */
export function parseHop(text: string): JumpHost {
  const bare = text.replace(/^ssh:\/\//i, '').replace(/\/$/, '');
  const at = bare.lastIndexOf('@');
  const groups = /^(?:\[(?<six>[^\]]+)\]|(?<host>[^:[\]]+))(?::(?<port>\d{1,5}))?$/.exec(bare.slice(at + 1))?.groups;
  if (!groups) throw new TowlineError('INVALID_CONFIG', `'${text}' is no jump host`, { hint: 'ProxyJump takes [user@]host[:port], with commas between several.' });
  const { port } = groups;
  return { host: groups['six'] ?? groups['host'] ?? '', user: at > 0 ? bare.slice(0, at) : undefined, port: port === undefined ? undefined : Number(port) };
}
