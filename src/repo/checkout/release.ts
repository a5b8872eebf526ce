import { copyFile } from '../../disk/copy.ts';
import { exists, followFile, statFile } from '../../disk/read.ts';
import { temporaryPath } from '../../disk/temporary.ts';
import type { CallOptions } from '../../storage/call.ts';
import { scanOutput } from '../collect/observe.ts';
import type { Repo } from '../repo.ts';
import { unfinishedFolder } from '../unfinished.ts';

/** Makes a file, or the files of a folder, the user's own: what is a link into the cache becomes a copy, each in one step, and can be written to. Those that were linked or read-only. */
export async function release(repo: Repo, path: string, call: CallOptions = {}): Promise<readonly string[]> {
  const info = followFile(`${repo.root}/${path}`);
  const files = info?.kind === 'folder' ? Array.from((await scanOutput(repo, path)).names, (name) => `${path}/${name}`) : info === undefined ? [] : [path];
  const changed: string[] = [];
  for (const file of files) if (await releaseFile(repo, file, call)) changed.push(file);
  return changed;
}

async function releaseFile(repo: Repo, file: string, { signal }: CallOptions): Promise<boolean> {
  const { disk } = repo.lent;
  const path = `${repo.root}/${file}`;
  const [own, target] = [statFile(path), followFile(path)];
  if (own === undefined || target?.kind !== 'file') return false;
  const mode = 0o644 | (target.mode & 0o111);
  if (own.kind === 'file' && own.links === 1) {
    if ((own.mode & 0o200) !== 0) return false;
    disk.chmod(path, mode);
    return true;
  }
  const temporary = temporaryPath(unfinishedFolder(disk, repo.root));
  try {
    await copyFile(disk, path, { to: temporary, mode, signal });
    disk.rename(temporary, path);
  } finally {
    if (exists(temporary)) disk.remove(temporary);
  }
  return true;
}
