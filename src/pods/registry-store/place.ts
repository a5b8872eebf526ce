import type { ArtifactStore } from '../../storage/artifacts.ts';
import { TowlineError } from '../../errors.ts';

/** Which repository and tags a pod has. */
export interface PodRepository {
  /** Relative to the base; '' is the base itself. */
  readonly path: string;
  tagOf(version: number | 'latest'): string;
  /** The version a tag names; undefined for any other tag. */
  versionOf(tag: string): number | undefined;
}
const COMPONENT = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
const NUMBER = /^[1-9]\d{0,8}$/;

/** A repository for each pod, `<base>/<pod>` with tags 1, 2, ... and latest; a name that no repository can have is `p32-` and its base32. */
export function ownRepository(name: string): PodRepository {
  const isPlain = COMPONENT.test(name) && !name.startsWith('p32-');
  return { path: isPlain ? name : `p32-${base32(name)}`, tagOf: String, versionOf: (tag) => (NUMBER.test(tag) ? Number(tag) : undefined) };
}

/** Whether a pod of this name can be one of several in a repository: with a version behind it, it must be a tag. */
export const canShare = (name: string): boolean => !name.startsWith('-') && name.length <= 90;

/** All pods in the base, with tags `<pod>.1`, `<pod>.latest`; `<pod>-1`, as others have written them, is read. */
export function sharedRepository(name: string): PodRepository {
  if (!canShare(name)) throw new TowlineError('INVALID_ARGUMENT', `'${name}' cannot be a tag: it begins with '-' or is longer than 90 characters`, { hint: "Use another name, or a remote without 'repo=single'." });
  return {
    path: '', tagOf: (version) => `${name}.${version}`,
    versionOf(tag) {
      const rest = tag.startsWith(`${name}.`) || tag.startsWith(`${name}-`) ? tag.slice(name.length + 1) : '';
      return NUMBER.test(rest) ? Number(rest) : undefined;
    },
  };
}

/** RFC 4648, lower case, without padding. */
function base32(text: string): string {
  let bits = '';
  for (const byte of Buffer.from(text)) bits += byte.toString(2).padStart(8, '0');
  return (bits.match(/.{1,5}/g) ?? []).map((five) => 'abcdefghijklmnopqrstuvwxyz234567'[Number.parseInt(five.padEnd(5, '0'), 2)] ?? '').join('');
}

/** Every tag of a repository. */
export async function tagsOf(store: ArtifactStore, options: { readonly signal?: AbortSignal }): Promise<readonly string[]> {
  const tags: string[] = [];
  for await (const tag of store.tags(options)) tags.push(tag);
  return tags;
}
