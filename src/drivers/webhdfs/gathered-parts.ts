import { hasCode } from '../../errors.ts';
import { parseStatuses } from './file-status.ts';
import { readJson } from './json.ts';
import type { About, Place } from './place.ts';

/** CONCAT takes its names in the URL, which a Hadoop server reads up to 64 KiB (hadoop.http.max.request.header.size); proxies on the way mostly up to 8 KiB. */
const MOST_NAMES = 6000;
const MOST_JSON = 16 * 1024 * 1024;

export function partName(folder: string, number: number): string {
  return `${folder}/${String(number).padStart(5, '0')}`;
}
/** The file to which all others are joined. */
export function firstPart(folder: string): string {
  return partName(folder, 1);
}

/** The sizes of the parts in a folder, by number; undefined when there is no such folder. */
export async function partSizes({ namenode }: Place, folder: string, what: About): Promise<ReadonlyMap<number, number> | undefined> {
  try {
    const response = await namenode.ask({ ...what, method: 'GET', op: 'LISTSTATUS', name: folder });
    const statuses = parseStatuses(response, await readJson(response, MOST_JSON), []);
    return new Map(statuses.filter(({ kind, name }) => kind === 'file' && /^\d{5}$/.test(name)).map(({ name, length }) => [Number(name), length]));
  } catch (error) {
    if (hasCode(error, 'NOT_FOUND')) return undefined;
    throw error;
  }
}

/** Appends files to another in their order, and takes them away. Each call is one step on the NameNode: it happens or it does not. */
export async function concat({ namenode }: Place, { target, sources, what }: { readonly target: string; readonly sources: readonly string[]; readonly what: About }): Promise<void> {
  const atOnce = Math.max(1, Math.floor(MOST_NAMES / (encodeURIComponent(target).length + 3)));
  for (let at = 0; at < sources.length; at += atOnce) {
    (await namenode.ask({ ...what, method: 'POST', op: 'CONCAT', name: target, query: [['sources', sources.slice(at, at + atOnce).join(',')]] })).cancel();
  }
}
