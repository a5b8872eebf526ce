import { dirname } from 'node:path';
import { TowlineError } from '../errors.ts';
import type { Steps, Work } from './batch.ts';
import { copyContent } from './copy.ts';
import type { Disk, FileLink } from './disk.ts';
import { hashContent } from './hash-content.ts';
import type { FileHash } from './hasher.ts';
import { isUnsupportedLink } from './link-types.ts';
import { openParents } from './parents.ts';
import { exists, type FileInfo, followFile, statFile } from './read.ts';
import { growingFolder, refusesMove, temporaryPath } from './temporary.ts';

/** Brings the object `from` to the name `to`, replacing a file or link there. */
export interface PlaceJob {
  readonly from: string;
  readonly to: string;
  /** Adds the owner's x bit. Such a file is copied where links would share it with the object. */
  readonly executable?: boolean;
  /** What an object that can be written to is compared with: read-only is the mark of one that was verified, for DVC and for us. */
  readonly expected?: { readonly name: FileHash; readonly digest: string };
}
/** How files come to the workspace. */
export interface PlaceRules {
  /** No file gets outside of this folder, whatever symbolic links are in it. */
  readonly root: string;
  /** Types of link, tried in order: the next one where the file system refuses one. */
  readonly links: readonly (FileLink | 'copy')[];
  /** `cache.shared = group`: copies get mode 0664. */
  readonly shared?: boolean;
  /** A folder where files grow before they get their names, where it is on the same device: a crash then leaves nothing in the workspace. */
  readonly unfinished?: string | undefined;
}
export type PlaceSettings = Required<PlaceRules>;
type Way = FileLink | 'copy';
interface Placing extends PlaceSettings {
  readonly disk: Disk;
  /** Makes and checks the folder of a target. */
  readonly openParent: (path: string) => void;
  readonly refused: Set<Way>;
  /** The mode a new file gets here; asked for once. */
  newFileMode: number | undefined;
  /** Where files for a folder grow; asked for once. */
  readonly growing: Map<string, string>;
}

/** Places one file after the other. */
export const placeWork: Work<PlaceSettings, PlaceJob, Way> = (disk, settings) => {
  const placing: Placing = { ...settings, disk, openParent: openParents(disk, settings.root), refused: new Set(), newFileMode: undefined, growing: new Map() };
  return (job) => placeFile(placing, job);
};

function* placeFile(placing: Placing, job: PlaceJob): Steps<Way> {
  const source = followFile(job.from);
  if (source?.kind !== 'file') throw new TowlineError('NOT_FOUND', `'${job.from}', to be placed at '${job.to}', is not there`, { context: { path: job.from } });
  if (job.expected && (source.mode & 0o222) !== 0) yield* confirm(placing.disk, job.from, job.expected);
  placing.openParent(job.to);
  for (const way of waysFor(placing, source, job)) {
    try {
      return yield* placeBy(placing, job, { way, source });
    } catch (error) {
      if (way === 'copy' || !isUnsupportedLink(error)) throw error;
      placing.refused.add(way);
    }
  }
  throw new TowlineError('UNSUPPORTED', `cannot link '${job.to}' to the cache: the file system allows none of ${placing.links.join(', ')}`, {
    hint: "Allow copies: 'tow config cache.type copy'.",
    context: { path: job.to },
  });
}

/** Marks an object as verified, or removes it: under this name nobody may take it for what it is not. */
function* confirm(disk: Disk, path: string, { name, digest }: NonNullable<PlaceJob['expected']>): Steps<void> {
  const found = yield* hashContent(path, name);
  if (found === digest) {
    disk.chmod(path, 0o444);
    return;
  }
  disk.remove(path);
  throw new TowlineError('CORRUPT', `its object was changed in the cache: it has ${name} ${found} and was removed`, { hint: "'tow pull' brings it again.", context: { path } });
}

/** An empty file would run into the limit of links; an x bit on a shared file would be on the object, and DVC would no longer trust that. */
function waysFor({ links, refused }: Placing, source: FileInfo, job: PlaceJob): readonly Way[] {
  const ways = links.map((way) => {
    if (way === 'hardlink' && source.size === 0) return 'copy';
    return (way === 'hardlink' || way === 'symlink') && job.executable === true ? 'copy' : way;
  });
  return ways.filter((way) => !refused.has(way));
}

function* placeBy(placing: Placing, job: PlaceJob, { way, source }: { readonly way: Way; readonly source: FileInfo }): Steps<Way> {
  const { disk } = placing;
  // Renaming one name of a file over another name of it does nothing, and would leave the temporary one behind.
  if (way === 'hardlink' && isSame(statFile(job.to), source)) return way;
  const folder = growingIn(placing, job.to);
  const temporary = temporaryPath(folder);
  let placed = false;
  try {
    if (way === 'copy') yield* copyContent(disk, job.from, { to: temporary, ...(placing.shared && { mode: 0o664 }) });
    else disk.link(job.from, temporary, way);
    if (way === 'reflink' || job.executable === true) disk.chmod(temporary, modeFor(placing, job, temporary));
    disk.rename(temporary, job.to);
    placed = true;
    return way;
  } catch (error) {
    const beside = dirname(job.to);
    if (folder === beside || !refusesMove(error)) throw error;
    placing.growing.set(beside, beside);
  } finally {
    // Where nothing could be made, a refused removal would hide why.
    if (!placed && exists(temporary)) disk.remove(temporary);
  }
  return yield* placeBy(placing, job, { way, source });
}

function growingIn({ growing, unfinished }: Placing, target: string): string {
  const beside = dirname(target);
  const folder = growing.get(beside) ?? growingFolder(target, unfinished);
  growing.set(beside, folder);
  return folder;
}

const isSame = (one: FileInfo | undefined, other: FileInfo): boolean => one?.inode === other.inode && one.device === other.device;

/** A clone comes with the object's read-only mode; only a new file tells what the umask leaves. */
function modeFor(placing: Placing, { to, executable }: PlaceJob, temporary: string): number {
  placing.newFileMode ??= placing.shared ? 0o664 : probeMode(placing.disk, growingIn(placing, to)) ?? statFile(temporary)?.mode ?? 0o644;
  return executable === true ? placing.newFileMode | 0o100 : placing.newFileMode;
}

function probeMode(disk: Disk, folder: string): number | undefined {
  const probe = temporaryPath(folder);
  try {
    disk.create(probe).close();
    return statFile(probe)?.mode;
  } finally {
    disk.remove(probe);
  }
}
