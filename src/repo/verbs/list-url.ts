import { basename } from 'node:path';

import { followFile, listFolder } from '../../disk/read.ts';
import { TowlineError } from '../../errors.ts';
import type { Config } from '../../remotes/config.ts';
import type { CallOptions } from '../../storage/call.ts';
import type { Entry } from '../../storage/driver.ts';
import type { Lent } from '../repo.ts';
import { lookAt, openUrl } from '../sources/open-url.ts';
import { foldersOf, type Listed } from '../sources/listed.ts';

/** What to list. */
export interface ListUrlRequest {
  readonly url: string;
  readonly cwd: string;
  readonly recursive?: boolean;
  /** How deep; only with `recursive`. */
  readonly level?: number;
  readonly fsConfig?: Readonly<Record<string, string>>;
}

/** The files and folders at a URL, in the order of their names; a file is given by itself. Throws NOT_FOUND. */
export async function listUrl(lent: Lent, config: Config, request: ListUrlRequest & CallOptions): Promise<readonly Listed[]> {
  const { url, cwd, signal, fsConfig } = request;
  const place = await openUrl(lent, config, { url, base: cwd, ...(fsConfig && { fsConfig }) });
  try {
    const found = await lookAt(place, signal && { signal });
    if (found.kind === 'file') return [{ path: place.local ?? basename(place.shown), isFolder: false, ...sizeOf(found.entry) }];
    const files = found.entries.map((entry): Listed => ({ path: entry.path, isFolder: false, ...sizeOf(entry) }));
    const empty = place.local === undefined ? [] : emptyFolders(place.local);
    return foldersOf(files, { ...request, empty });
  } catch (error) {
    if (error instanceof TowlineError && error.context['reason'] === 'no-such-url') throw new TowlineError('NOT_FOUND', `The path '${place.shown}' does not exist`, { cause: error, context: { exitCode: 255 } });
    throw error;
  } finally {
    await place.storage.close();
  }
}

const sizeOf = ({ size }: Entry): { readonly size?: number } => (size === undefined ? {} : { size });

/** Folders of this machine that hold no file are seen, too. */
function emptyFolders(top: string, inside = ''): readonly string[] {
  return listFolder(inside === '' ? top : `${top}/${inside}`).flatMap(({ name, kind }) => {
    const path = inside === '' ? name : `${inside}/${name}`;
    return kind === 'folder' && followFile(`${top}/${path}`) ? [path, ...emptyFolders(top, path)] : [];
  });
}
