import { hash } from 'node:crypto';
import { basename, dirname, join } from 'node:path';
import type { Disk } from '../../disk/disk.ts';
import { listFolder, statFile } from '../../disk/read.ts';
import { isTemporaryName } from '../../disk/temporary.ts';
import { freeBytes, setFileTimes, timesOfFile } from '../../disk/times.ts';
import type { Part } from '../config/values.ts';
import { splitUrl } from '../places/target.ts';
import { schemeOf } from '../places/find-target.ts';
import { archiveFolderName, archiveSuffix } from './names.ts';
import type { Cached, CacheLayout } from './layout.ts';

export interface SpaceSettings {
  readonly root: string;
  readonly disk: Disk;
  readonly now: () => number;
  /** Zero or less: no limit. */
  readonly mostUsedBytes: number;
  readonly leastFreeBytes: number;
  /** How far below the limits a cleaning goes. */
  readonly margin: number;
  /** What was used so shortly ago stays. */
  readonly graceSeconds: number;
}

/** What `disk_space_file_size_strategy` says, with ClearML's defaults. */
export function spaceSettings(cache: Part): Pick<SpaceSettings, 'mostUsedBytes' | 'leastFreeBytes' | 'margin' | 'graceSeconds'> {
  const own = cache.part('disk_space_file_size_strategy');
  // Older pages of the documentation name the keys one level higher.
  const size = <T>(read: (part: Part) => T | undefined): T | undefined => read(own.part('size')) ?? read(cache.part('size'));
  return {
    mostUsedBytes: size((part) => part.size('max_used_bytes')) ?? -1,
    leastFreeBytes: size((part) => part.size('min_free_bytes')) ?? 10_000_000_000,
    margin: Math.min(0.99, Math.max(0, size((part) => part.share('cleanup_margin_percent')) ?? 0.05)),
    graceSeconds: own.number('cleanup_seconds_threshold') ?? cache.number('cleanup_seconds_threshold') ?? 20,
  };
}

/** ClearML's other way: `<root>/storage/<scheme>/<host>/<path>`, as much as the disk allows; what was read longest ago goes first. */
export function spaceLayout(settings: SpaceSettings): CacheLayout {
  const { root, disk, now } = settings;
  const top = join(root, 'storage');
  let measured: { readonly used: number; readonly free: number; readonly atMs: number } | undefined;
  const files = (): readonly Cached[] => below(top).map((path) => ({ context: '', name: path.slice(top.length + 1), path, kind: 'file', bytes: statFile(path)?.size ?? 0, usedMs: timesOfFile(path)?.accessedMs ?? 0 }));
  return {
    entry(url, context) {
      const path = join(top, spacePath(url));
      const name = basename(path);
      const archive = archiveSuffix(name, url);
      // The name is always 'cache' here, and so is that of an archive that is asked for by another.
      return { url, folder: dirname(path), name, archiveFolder: () => archive && { path: join(dirname(path), archiveFolderName(`${hash('md5', url, 'hex')}.${archive.stem}`, { context, name: 'cache' })), kind: archive.kind } };
    },
    touch(path) {
      const times = timesOfFile(path);
      return times !== undefined && setFileTimes(path, { accessedMs: now(), modifiedMs: times.modifiedMs });
    },
    makeRoom(_context, isKept) {
      const { mostUsedBytes: most, leastFreeBytes: least, margin, graceSeconds } = settings;
      const freeNow = statFile(root) === undefined ? Infinity : freeBytes(root);
      if (isRoomy(freeNow)) return { removed: 0, bytes: 0 };
      const all = files();
      let [used, free] = [all.reduce((sum, { bytes }) => sum + bytes, 0), freeNow];
      measured = { used, free, atMs: now() };
      if (!(most > 0 && used >= most) && !(least > 0 && free <= least)) return { removed: 0, bytes: 0 };
      const isDone = (): boolean => (most <= 0 || used < most * (1 - margin)) && (least <= 0 || free > least * (1 + margin));
      const [before, youngest] = [used, now() - graceSeconds * 1000];
      let removed = 0;
      for (const { path, bytes, usedMs } of all.toSorted((a, b) => a.usedMs - b.usedMs)) {
        if (isDone() || usedMs > youngest) break;
        if (isKept(path)) continue;
        disk.remove(path);
        [used, free, removed] = [used - bytes, free + bytes, removed + 1];
      }
      return { removed, bytes: before - used };
    },
    setLimit: (limit) => limit,
    list: files,
  };

  /** The files are not measured where they do not count, nor anew within a second: all that came since, from whomever, is taken for ours. */
  function isRoomy(free: number): boolean {
    const { mostUsedBytes: most, leastFreeBytes: least } = settings;
    if (least > 0 && free <= least) return false;
    return most <= 0 || (measured !== undefined && now() - measured.atMs < FRESH_MS && measured.used + Math.max(0, measured.free - free) < most);
  }
}

const FRESH_MS = 1000;

function below(folder: string): readonly string[] {
  return listFolder(folder).flatMap(({ name, kind }) => {
    const path = join(folder, name);
    return kind === 'folder' ? below(path) : kind === 'file' && !isTemporaryName(name) && !/^\.lock\.\d{3}\./.test(name) ? [path] : [];
  });
}

/** The path of a URL below `storage/`. A query becomes its md5 before the name, which it would otherwise be cut from. */
export function spacePath(url: string): string {
  const scheme = schemeOf(url);
  const { host, rest } = scheme === '' ? { host: '', rest: url.replace(/^\/+/, '') } : splitUrl(url);
  const isWeb = WEB.test(`${scheme}${SEPARATOR}`);
  const [path, query] = isWeb ? splitQuery(rest) : [rest];
  const parts = path.split('/').map(quotePart).map(shortPart);
  if (query !== undefined && query !== '') parts.push(`${hash('md5', query, 'hex')}.${parts.pop() ?? ''}`);
  // What lies on a web server is the same whichever way it is asked for.
  return [isWeb ? 'https' : scheme, host.replaceAll(':', '.'), ...parts].filter((part) => part !== '' && part !== '.' && part !== '..').join('/');
}

const SEPARATOR = '!';
const WEB = /^https?!$/;

function splitQuery(rest: string): readonly [string, string?] {
  const bare = rest.replace(/#.*$/s, '');
  const cut = bare.indexOf('?');
  return cut < 0 ? [bare] : [bare.slice(0, cut), bare.slice(cut + 1)];
}

const quotePart = (part: string): string => part.replace(/[^A-Za-z0-9_.\-~/\\=[\]!()#@$&%'+,; ]+/g, (characters) => encodeURIComponent(characters).replaceAll('*', '%2A'));
const shortPart = (part: string): string => (part.length > 255 ? `${hash('md5', part, 'hex')}.${part.slice(-200)}` : part);
