import { TowlineError } from '../../errors.ts';
import type { Git } from './git.ts';
import { splitNul } from './git.ts';

/** Of `paths`, and of what lies below them, all that Git tracks. */
export async function trackedPaths(git: Git, paths: readonly string[]): Promise<ReadonlySet<string>> {
  const tracked = new Set<string>();
  for (const some of batches(paths)) {
    for (const path of splitNul(await git.run(['ls-files', '-z', '--', ...some]))) tracked.add(path);
  }
  return tracked;
}

/** Which of `paths` the ignore rules of Git cover, tracked or not. A folder is given with a slash behind it. */
export async function gitIgnoredPaths(git: Git, paths: readonly string[]): Promise<ReadonlySet<string>> {
  if (paths.length === 0) return new Set();
  const output = await git.run(['check-ignore', '-z', '--stdin', '--no-index'], { input: paths.map((path) => `${path}\0`).join(''), answers: [1] });
  return new Set(splitNul(output));
}

/** Throws ALREADY_EXISTS, in DVC's words, for the first of `paths` that Git tracks, or that holds something Git tracks. */
export async function refuseTracked(git: Git, paths: readonly string[]): Promise<void> {
  const tracked = await trackedPaths(git, paths);
  if (tracked.size === 0) return;
  const path = paths.find((one) => [...tracked].some((name) => name === one || name.startsWith(`${one}/`))) ?? '';
  const message = [
    ` output '${path}' is already tracked by SCM (e.g. Git).`,
    '    You can remove it from Git, then add to DVC.',
    '        To stop tracking from Git:',
    `            git rm -r --cached '${path}'`,
    `            git commit -m "stop tracking ${path}" `,
  ].join('\n');
  throw new TowlineError('ALREADY_EXISTS', message, { context: { path } });
}

/** `git add` of files that were made, changed or removed. */
export async function stagePaths(git: Git, paths: readonly string[]): Promise<void> {
  for (const some of batches(paths)) await git.run(['add', '--all', '--', ...some]);
}

/** Command lines have an end: 32 KiB on Windows. */
function* batches(paths: readonly string[]): Iterable<string[]> {
  let some: string[] = [];
  let length = 0;
  for (const path of paths) {
    if (length + path.length > 24_000) {
      yield some;
      some = [];
      length = 0;
    }
    some.push(path);
    length += path.length + 3;
  }
  if (some.length > 0) yield some;
}
