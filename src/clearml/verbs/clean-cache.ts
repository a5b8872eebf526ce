import type { Disk } from '../../disk/disk.ts';
import { removeTree } from '../../disk/folders.ts';
import { TowlineError } from '../../errors.ts';
import type { Cache } from '../cache/open-cache.ts';
import type { Cleaned } from '../cache/layout.ts';
import { spaceSettings } from '../cache/space-layout.ts';
import type { ClearmlConfig } from '../config/clearml-config.ts';
import { partAt } from '../config/values.ts';

export interface CleanOptions {
  /** Everything, not only what is beyond the limit. */
  readonly all?: boolean;
  readonly context?: string | undefined;
}

/** Throws away what is beyond the limit, the oldest first, or all; never what is in use. */
export function cleanCache(cache: Cache, disk: Disk, { all = false, context }: CleanOptions): Cleaned {
  if (!all) return sum(contextsOf(cache, context).map((one) => cache.makeRoom(one)));
  const entries = cache.layout.list(context).filter(({ path }) => !cache.inUse.has(path) && !cache.claims.isHeld(path));
  for (const { path } of entries) removeTree(disk, path);
  return { removed: entries.length, bytes: entries.reduce((total, { bytes }) => total + bytes, 0) };
}

/** Cuts the cache down to so many entries in each context. It holds for this moment: ClearML keeps its limit in clearml.conf only. */
export function limitCache(cache: Cache, limit: number, context?: string): Cleaned & { readonly entries: number } {
  if (cache.mode === 'space') throw new TowlineError('UNSUPPORTED', 'this cache is kept by the space it takes, not by the number of its entries', { hint: "Set 'size.max_used_bytes' of sdk.storage.cache.disk_space_file_size_strategy in clearml.conf." });
  const cleaned = contextsOf(cache, context).map((one) => {
    cache.layout.setLimit(limit, one);
    return cache.makeRoom(one);
  });
  return { ...sum(cleaned), entries: limit };
}

export interface ShownLimit {
  readonly mode: Cache['mode'];
  readonly entries?: number;
  readonly mostUsedBytes?: number;
  readonly leastFreeBytes?: number;
  readonly origin: string;
  readonly removed?: number;
  readonly bytes?: number;
}

/** What the configuration says, and where. */
export function shownLimit(config: ClearmlConfig, { mode }: Pick<Cache, 'mode'>): ShownLimit {
  const part = partAt(config, 'sdk.storage.cache');
  const { file, line } = part.place(mode === 'count' ? 'default_cache_manager_size' : 'disk_space_file_size_strategy.enabled');
  const origin = line === 0 ? file : `${file}:${line}`;
  if (mode === 'count') return { mode, entries: part.number('default_cache_manager_size') ?? 100, origin };
  const { mostUsedBytes, leastFreeBytes } = spaceSettings(part);
  return { mode, ...(mostUsedBytes > 0 && { mostUsedBytes }), ...(leastFreeBytes > 0 && { leastFreeBytes }), origin };
}

const contextsOf = ({ layout }: Cache, context: string | undefined): readonly string[] => (context === undefined ? [...new Set(layout.list().map((one) => one.context))] : [context]);
const sum = (all: readonly Cleaned[]): Cleaned => ({ removed: all.reduce((total, { removed }) => total + removed, 0), bytes: all.reduce((total, { bytes }) => total + bytes, 0) });
