import { TowlineError } from '../errors.ts';
import { parseDigest, type Digest } from './digest.ts';
import { isDockerHub } from './hosts.ts';

/** A repository of a registry. */
export interface Repository {
  /** As written, with its port. */
  readonly host: string;
  readonly name: string;
}
/** What `host/name:tag@digest` says. A digest counts more than a tag. */
export interface Reference extends Repository {
  readonly tag?: string;
  readonly digest?: Digest;
}

const COMPONENT = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const NAME = new RegExp(`^${COMPONENT}(?:/${COMPONENT})*$`);
const TAG = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/;
const HOST = /^(?:\[[0-9a-f:.]+\]|[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*)(?::\d{1,5})?$/;
const LONGEST = 255;

export const isTag = (text: string): boolean => TAG.test(text);

/** Throws INVALID_ARGUMENT for what is no tag. */
export function checkTag(text: string): void {
  if (!isTag(text)) throw new TowlineError('INVALID_ARGUMENT', `${JSON.stringify(text.slice(0, 200))} is not a tag`, { hint: "A tag has up to 128 letters, digits, '_', '.' and '-', and begins with none of the last two." });
}

/** Checks a host and a name, both exact. */
export function checkRepository({ host, name }: Repository): Repository {
  if (!HOST.test(host)) throw wrong(`${host}/${name}`, `'${host}' is not a host`, 'A host is written in lower case, with its port where it has one: registry.example.com:5000.');
  if (!NAME.test(name)) throw wrong(`${host}/${name}`, `'${name}' is not the name of a repository`, "Lower-case letters and digits, with single '.', '_', '__' or dashes between, in parts separated by '/'.");
  if (host.length + 1 + name.length > LONGEST) throw wrong(`${host}/${name}`, `it is longer than ${LONGEST} characters`, 'Use a shorter name.');
  return { host, name };
}

/** Reads a reference as Docker and ORAS do: without a host it is of Docker Hub, where a name of one part is of 'library/'. */
export function parseReference(text: string): Reference {
  const [whole, digest] = splitAt(text, text.indexOf('@'));
  const colon = whole.lastIndexOf(':');
  const [path, tag] = splitAt(whole, colon > whole.lastIndexOf('/') ? colon : -1);
  if (tag !== undefined) checkTag(tag);
  if (digest !== undefined) parseDigest(digest);
  return { ...checkRepository(repositoryOf(path)), ...(tag !== undefined && { tag }), ...(digest !== undefined && { digest: digest as Digest }) };
}

function repositoryOf(path: string): Repository {
  const slash = path.indexOf('/');
  const first = path.slice(0, Math.max(0, slash));
  const hasHost = first === 'localhost' || /[.:]/.test(first);
  const [host, name] = hasHost ? [first.toLowerCase(), path.slice(slash + 1)] : ['docker.io', path];
  return { host, name: isDockerHub(host) && !name.includes('/') ? `library/${name}` : name };
}

const splitAt = (text: string, at: number): readonly [string, string | undefined] => (at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)]);

function wrong(text: string, what: string, hint: string): TowlineError {
  return new TowlineError('INVALID_ARGUMENT', `'${text.slice(0, 300)}' is not a reference: ${what.slice(0, 300)}`, { hint });
}
