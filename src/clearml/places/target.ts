import type { Remote } from '../../remotes/remote.ts';
import type { Runtime } from '../../runtime.ts';
import type { ClearmlConfig } from '../config/clearml-config.ts';

/** A file or folder of this machine. */
export interface LocalTarget {
  readonly kind: 'local';
  /** Absolute. */
  readonly path: string;
  /** The URL without its path: 'file://', or '' where a plain path was given. */
  readonly base: string;
}
/** An object, or the beginning of names of objects, on a remote. */
export interface RemoteTarget {
  readonly kind: 'remote';
  /** What ClearML calls the base URL: 's3://host:9000/bucket'. */
  readonly base: string;
  /** What follows the base, as it is spelled. */
  readonly name: string;
  readonly remote: Remote;
  /** The same, as DVC understands it; where absent, it understands `remote`. */
  readonly forDvc?: Remote;
  /** Which entry of the configuration counts, for people. */
  readonly reason: string;
  /** How a name is spelled in the URL of an object; where absent, as it is. */
  readonly spell?: (name: string) => string;
  /** What the driver is asked for; where absent, `name`. */
  readonly toPath?: (name: string) => string;
  readonly written?: Written;
  /** No folder of it can be listed: what it lists is what it is. */
  readonly isSingle?: boolean;
}
/** What every upload gets. */
export interface Written {
  /** That of `extra_args`. */
  readonly contentType?: string;
  /** The type of names that say none, which Google's library chooses otherwise. */
  readonly unknownType?: string;
  readonly metadata?: Readonly<Record<string, string>>;
  /** Settings that cannot be honoured: an upload is refused rather than made without them. */
  readonly refused?: readonly string[];
}
export type Target = LocalTarget | RemoteTarget;

/** What finding the place of a URL is lent. */
export interface Finding {
  readonly config: ClearmlConfig;
  readonly warn: Runtime['warn'];
  /** Names of objects are spelled by other rules when they are made than when they are asked for. */
  readonly purpose: 'read' | 'write';
  readonly substitute: (url: string) => string;
  readonly absolute: (path: string) => string;
  /** Keeps a secret in a file of its own that only the user can read; gives its path. */
  readonly keepSecret: (name: string, secret: string) => string;
  /** The remote that `remote://name` means. */
  readonly named: (url: string) => Remote;
}

/** 'scheme://host/rest' as host and rest; leading slashes of the rest do not count. */
export function splitUrl(url: string): { readonly host: string; readonly rest: string } {
  const [, host = '', rest = ''] = /^[^/]*\/\/([^/]*)\/*([^]*)$/.exec(url) ?? [];
  return { host, rest };
}

/** The first segment and what follows it. */
export function splitFirst(rest: string): { readonly first: string; readonly name: string } {
  const cut = rest.indexOf('/');
  return cut < 0 ? { first: rest, name: '' } : { first: rest.slice(0, cut), name: rest.slice(cut + 1).replace(/^\/+/, '') };
}
