import { TowlineError } from '../../errors.ts';
import { redactUrl } from '../../http/redact.ts';
import { definitionFor, driverNamed, isReference } from '../../remotes/tables.ts';
import { urlScheme } from '../../remotes/url-scheme.ts';
import type { OptionTable } from '../../storage/options.ts';
import type { RemoteTarget } from '../places/target.ts';
import type { Session } from '../session.ts';

/** Where a URL leads, and by which entry of the configuration. */
export interface Explained {
  readonly url: string;
  /** The URL after the rules of `path_substitution`. */
  readonly meant: string;
  readonly storage: string;
  /** Of the object, on its storage. */
  readonly name: string;
  readonly reason: string;
  /** What the driver is given; secrets are '***'. */
  readonly options: readonly { readonly key: string; readonly value: string; readonly origin: string }[];
}

export async function explain(session: Session, url: string): Promise<Explained> {
  const target = await session.target(url, 'read');
  const meant = session.substitute(url);
  if (target.kind === 'local') return { url: redactUrl(url), meant: redactUrl(meant), storage: 'this machine', name: target.path, reason: 'a path of this machine: no entry is asked', options: [] };
  const table = await tableOf(target);
  const options = [...target.remote.settings].map(([key, { value, place }]) => ({ key, value: table[key]?.secret === false ? redactUrl(value) : '***', origin: place }));
  return { url: redactUrl(url), meant: redactUrl(meant), storage: redactUrl(target.remote.url), name: target.toPath?.(target.name) ?? target.name, reason: target.reason, options };
}

/** A remote of Towline that asks for what `clearml.conf` says of a URL. */
export interface Adopted { readonly url: string; readonly settings: ReadonlyMap<string, string>; readonly reason: string }

export async function adopt(session: Session, url: string): Promise<Adopted> {
  const target = await session.target(url, 'read');
  if (target.kind === 'local' || isReference(session.substitute(url))) throw new TowlineError('INVALID_ARGUMENT', `clearml.conf has no credentials for '${redactUrl(url)}'`, { hint: "Leave out '--from-clearml'." });
  const { name, toPath, reason, forDvc: remote = target.remote } = target;
  if (remote.driver !== undefined) throw new TowlineError('UNSUPPORTED', `'${redactUrl(url)}' is ClearML's file server, which cannot be listed and so cannot be a remote`, { hint: "'tow clearml' uploads to it and downloads from it." });
  const below = (toPath?.(name) ?? name).replace(/\/+$/, '');
  const settings = new Map([...remote.settings].map(([key, { value }]) => [key, value]));
  return { url: below === '' ? remote.url : `${remote.url}/${below}`, settings, reason };
}

async function tableOf({ remote }: RemoteTarget): Promise<OptionTable> {
  const definition = remote.driver === undefined ? await definitionFor(urlScheme(remote.url)) : await driverNamed(remote.driver);
  return definition?.options ?? {};
}
