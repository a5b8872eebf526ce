import { TowlineError } from '../errors.ts';
import { hostAliases } from './hosts.ts';
import type { Repository } from './reference.ts';

/** Who one is towards a registry. `identity` is a refresh token, which only buys others; `bearer` is sent as it is. */
export type RegistryCredentials =
  | { readonly kind: 'basic'; readonly user: string; readonly password: string }
  | { readonly kind: 'identity'; readonly token: string; readonly user?: string }
  | { readonly kind: 'bearer'; readonly token: string };
/** What a Docker configuration has for a repository: the credentials themselves, or the program that keeps them. */
export type Kept = { readonly kind: 'credentials'; readonly credentials: RegistryCredentials } | { readonly kind: 'helper'; readonly suffix: string };

/** Finds what the text of a `config.json` (Docker) or `auth.json` (Podman) has for a repository: a helper of the host, an entry, the helper of all. */
export function findInDockerConfig(text: string, repository: Repository, place: string): Kept | undefined {
  const config = parse(text, place);
  const helpers = mapAt(config, 'credHelpers');
  const own = hostAliases(repository.host).flatMap((host) => Object.entries(helpers).filter(([key]) => bare(key) === host).map(([, suffix]) => suffix)).find((suffix) => typeof suffix === 'string');
  if (typeof own === 'string') return helper(own, place);
  const store = config['credsStore'];
  const entry = bestEntry(mapAt(config, 'auths'), repository);
  // With a store Docker leaves an empty entry for every host that it keeps.
  const credentials = entry && readEntry(entry.value, `'${entry.key}' in ${place}`);
  if (credentials) return { kind: 'credentials', credentials };
  return typeof store === 'string' && store !== '' ? helper(store, place) : undefined;
}

type Json = Readonly<Record<string, unknown>>;

function parse(text: string, place: string): Json {
  try {
    const value: unknown = JSON.parse(text);
    if (isMap(value)) return value;
  } catch {
    throw unreadable(place);
  }
  throw unreadable(place);
}

/** The parser's own words would quote the text, and with it a secret. */
const unreadable = (place: string): TowlineError => new TowlineError('INVALID_CONFIG', `${place} is not JSON as Docker writes it`, { hint: 'Correct it, or log in anew with the program that wrote it.' });
const isMap = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);
const mapAt = (map: Json, key: string): Json => (isMap(map[key]) ? map[key] : {});

/** The name becomes the name of a program, so it is a word and no path. */
function helper(suffix: string, place: string): Kept {
  if (!/^[A-Za-z0-9][A-Za-z0-9_.-]*$/.test(suffix)) throw new TowlineError('INVALID_CONFIG', `${place} names the credential helper ${JSON.stringify(suffix.slice(0, 100))}, which is no name`);
  return { kind: 'helper', suffix };
}

/** Keys are hosts, URLs, or with Podman a host and the beginning of a name: the longest that fits counts. */
function bestEntry(auths: Json, { host, name }: Repository): { readonly key: string; readonly value: unknown } | undefined {
  const wanted = hostAliases(host).map((alias) => `${alias}/${name}/`);
  return Object.entries(auths).map(([key, value]) => ({ key, value, start: bare(key) }))
    .filter(({ start }) => wanted.some((one) => one.startsWith(`${start}/`)))
    .sort((a, b) => b.start.length - a.start.length)[0];
}

/** The key without what some programs put around it: a scheme, the version of the API, a slash at the end. */
const bare = (key: string): string => key.replace(/^https?:\/\//, '').replace(/\/v[12]\/?$/, '').replace(/\/$/, '');

function readEntry(value: unknown, place: string): RegistryCredentials | undefined {
  if (!isMap(value)) return undefined;
  const text = (key: string): string | undefined => (typeof value[key] === 'string' && value[key] !== '' ? value[key] : undefined);
  const both = text('auth');
  const [user, password] = both === undefined ? [text('username'), text('password')] : split(both, place);
  const [identity, registry] = [text('identitytoken'), text('registrytoken')];
  if (registry !== undefined) return { kind: 'bearer', token: registry };
  if (identity !== undefined) return { kind: 'identity', token: identity, ...(user !== undefined && { user }) };
  return user !== undefined && password !== undefined ? { kind: 'basic', user, password } : undefined;
}

/** At the first colon: a password may have more of them. */
function split(auth: string, place: string): readonly [string | undefined, string | undefined] {
  const text = Buffer.from(auth, 'base64').toString('utf8');
  const at = text.indexOf(':');
  if (at < 0) throw new TowlineError('INVALID_CONFIG', `the 'auth' of ${place} is not a user and a password in base64`, { hint: 'Log in anew with the program that wrote it.' });
  // Docker pads some old entries with NUL.
  return [text.slice(0, at), text.slice(at + 1).replace(/\0+$/, '')];
}
