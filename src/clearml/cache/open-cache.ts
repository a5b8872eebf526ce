import { join } from 'node:path';
import { makeFolders } from '../../disk/folders.ts';
import { partAt } from '../config/values.ts';
import type { Session } from '../session.ts';
import { type Claims, createClaims } from './claims.ts';
import { countLayout } from './count-layout.ts';
import type { CacheLayout, Cleaned } from './layout.ts';
import { spaceLayout, spaceSettings } from './space-layout.ts';

/** The cache of a session: where things lie, and who works on what. */
export interface Cache {
  readonly layout: CacheLayout;
  readonly claims: Claims;
  readonly mode: 'count' | 'space';
  /** Entries must have bytes to count (`zero_file_size_check`). */
  readonly needsBytes: boolean;
  /** Entries that this process hands out just now: they are not thrown away. */
  readonly inUse: Map<string, number>;
  /** Downloads of this process, by their paths: who asks for one that is under way waits for it. */
  readonly fetching: Map<string, Promise<string>>;
  makeFolder(path: string): void;
  makeRoom(context: string): Cleaned;
}

export function openCache({ config, lent, cacheRoot: root }: Session): Cache {
  const part = partAt(config, 'sdk.storage.cache');
  const isSpace = part.flag('disk_space_file_size_strategy.enabled') ?? false;
  const { disk, now } = lent;
  const layout = isSpace ? spaceLayout({ root, disk, now, ...spaceSettings(part) }) : countLayout({ root, disk, now, limit: part.number('default_cache_manager_size') ?? 100 });
  const claims = createClaims({ folder: join(root, 'towline'), disk, runtime: lent });
  const inUse = new Map<string, number>();
  return {
    layout, claims, inUse, fetching: new Map(), mode: isSpace ? 'space' : 'count',
    needsBytes: part.flag('disk_space_file_size_strategy.zero_file_size_check') ?? part.flag('zero_file_size_check') ?? false,
    makeFolder: (path) => { makeFolders(disk, path); },
    makeRoom: (context) => layout.makeRoom(context, (path) => inUse.has(path) || claims.isHeld(path)),
  };
}

/** While `work` runs the entry is not thrown away. */
export async function whileInUse<T>({ inUse }: Cache, path: string, work: () => Promise<T>): Promise<T> {
  inUse.set(path, (inUse.get(path) ?? 0) + 1);
  try {
    return await work();
  } finally {
    const left = (inUse.get(path) ?? 1) - 1;
    if (left === 0) inUse.delete(path);
    else inUse.set(path, left);
  }
}
