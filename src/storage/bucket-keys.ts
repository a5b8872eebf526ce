import { TowlineError } from '../errors.ts';
import type { Runtime } from '../runtime.ts';
import { isPath, type Path } from './path.ts';

/** Where a remote lies in a bucket. */
export interface KeySpace {
  readonly displayUrl: string;
  /** Below this stands everything, without slashes at its ends; '' for the whole bucket. */
  readonly prefix: string;
}

/** The key of an object; INVALID_ARGUMENT for the bucket itself. */
export function keyFor({ displayUrl, prefix }: KeySpace, path: Path): string {
  const key = prefix === '' ? path : path === '' ? prefix : `${prefix}/${path}`;
  if (key === '') throw new TowlineError('INVALID_ARGUMENT', `${displayUrl} is a whole bucket, not an object`);
  return key;
}

/** What every key below `folder` begins with. */
export function listingPrefix({ prefix }: Pick<KeySpace, 'prefix'>, folder: Path, startsWith: string): string {
  const base = [prefix, folder].filter((part) => part !== '').join('/');
  return (base === '' ? '' : `${base}/`) + startsWith;
}

/** The path of a listed key; undefined for folder markers ('a/') and, with a warning, for names that no path can have. */
export function pathOf(key: string, { prefix, where, warnOnce }: Pick<KeySpace, 'prefix'> & { readonly where: string; readonly warnOnce: Runtime['warn'] }): Path | undefined {
  const path = prefix === '' ? key : key.slice(prefix.length + 1);
  if (path !== '' && isPath(path)) return path;
  if (!key.endsWith('/')) warnOnce({ code: 'UNUSABLE_NAME', text: `${where}: objects whose names are no paths are left out, such as ${JSON.stringify(key.slice(0, 200))}` });
  return undefined;
}
