import { createHash } from 'node:crypto';
import { closeSync, lstatSync, openSync, readdirSync, readFileSync, readlinkSync, readSync, type Stats } from 'node:fs';
import { join, relative } from 'node:path';

/** What lies in a folder: a line for each path, such that two equal folders have equal lines. */
export type Snapshot = Readonly<Record<string, string>>;
export interface SnapshotOptions {
  /** Paths below the folder that are left out, with all in them. */
  readonly without?: (path: string) => boolean;
  /** Its absolute path is shown as '<top>', so that two sandboxes can be compared. */
  readonly top?: string;
  /** All bits of modes are part of the picture; without it only whether the owner may execute a file, which is all that Git and DVC keep. */
  readonly withModes?: boolean;
}

// A file of a gigabyte is not read into memory at once.
const CHUNK = 2 ** 20;
const TEXTS = /(^|\/)(\.gitignore|\.dvcignore|config|config\.local|towline|dvc\.yaml|dvc\.lock|[^/]*\.dvc)$/;

/** Takes the picture; an absent folder is an empty one. */
export function snapshot(folder: string, options: SnapshotOptions = {}): Snapshot {
  const lines: Record<string, string> = {};
  const visit = (at: string): void => {
    for (const name of readdirSync(at).sort()) {
      const absolute = join(at, name);
      const path = relative(folder, absolute);
      if (options.without?.(path) === true) continue;
      const stats = lstatSync(absolute);
      if (stats.isDirectory()) {
        lines[`${path}/`] = options.withModes === true ? mode(stats, 0o7777) : '';
        visit(absolute);
      } else lines[path] = describe(absolute, stats, { path, ...options });
    }
  };
  if (lstatSync(folder, { throwIfNoEntry: false })?.isDirectory() === true) visit(folder);
  return lines;
}

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex').slice(0, 16);

function hashOfFile(path: string): string {
  const file = openSync(path, 'r');
  const [hash, chunk] = [createHash('sha256'), Buffer.allocUnsafe(CHUNK)];
  for (let size = readSync(file, chunk); size > 0; size = readSync(file, chunk)) hash.update(chunk.subarray(0, size));
  closeSync(file);
  return hash.digest('hex').slice(0, 16);
}

const mode = (stats: Stats, bits: number): string => (stats.mode & bits).toString(8);

function describe(absolute: string, stats: Stats, { path, top = '\0', withModes }: SnapshotOptions & { readonly path: string }): string {
  if (stats.isSymbolicLink()) return `link to ${readlinkSync(absolute).replaceAll(top, '<top>')}`;
  const content = TEXTS.test(path) ? readFileSync(absolute, 'utf8').replaceAll(top, '<top>') : `${stats.size} bytes ${hashOfFile(absolute)}`;
  return `${withModes === true ? mode(stats, 0o7777) : mode(stats, 0o100)}${stats.nlink > 1 ? ' hardlink' : ''} ${content}`;
}
