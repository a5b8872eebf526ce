import { copyFile } from '../../disk/copy.ts';
import { exists, followFile, statFile } from '../../disk/read.ts';
import { temporaryPath } from '../../disk/temporary.ts';
import { scanOutput } from '../collect/observe.ts';
import { collectStages } from '../collect/stages.ts';
import { matchTargets } from '../collect/targets.ts';
import type { CallOptions } from '../../storage/call.ts';
import type { Repo } from '../repo.ts';
import { unfinishedFolder } from '../unfinished.ts';

/** Which tracked data is to be free of the cache. */
export interface UnprotectRequest { readonly targets: readonly string[]; readonly cwd: string }
/** The files that were linked or read-only, relative to the root. */
export interface UnprotectResult { readonly files: readonly string[] }

/** Makes files of the workspace the user's own: what is a link into the cache becomes a copy, each in one step, and can be written to. */
export async function unprotect(repo: Repo, { targets, cwd }: UnprotectRequest, call: CallOptions = {}): Promise<UnprotectResult> {
  const selected = matchTargets(await collectStages(repo.workspace), targets, { root: repo.root, cwd }).filter(({ output }) => output.cache && output.place === 'repository');
  const changed: string[] = [];
  for (const { output, inner } of selected) {
    const path = inner === '' ? output.path : `${output.path}/${inner}`;
    const info = followFile(`${repo.root}/${path}`);
    const files = info?.kind === 'folder' ? (await scanOutput(repo, path)).names.map((name) => `${path}/${name}`) : info === undefined ? [] : [path];
    for (const file of files) if (await release(repo, file, call)) changed.push(file);
  }
  return { files: changed };
}

async function release(repo: Repo, file: string, { signal }: CallOptions): Promise<boolean> {
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
