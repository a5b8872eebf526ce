import type { Fault } from '../repo/fault.ts';

/** '1 file pushed and 2 files added', parts of zero left out; '' when all are (DVC's utils/humanize.py). */
export function summary(parts: readonly (readonly [state: string, count: number])[]): string {
  const words = parts.filter(([, count]) => count > 0).map(([state, count]) => `${count} file${count === 1 ? '' : 's'} ${state}`);
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words[words.length - 1] ?? ''}`;
}

export const UP_TO_DATE = 'Everything is up to date.';

/** The lines for objects that are nowhere, and those that failed; at most as many as a person reads. */
export function faultLines(missing: readonly Fault[], failed: readonly Fault[]): readonly string[] {
  return [
    ...(missing.length === 0 ? [] : [['Some of the cache files do not exist neither locally nor on remote. Missing cache files:', ...few(missing.map(({ oid, path, reason }) => `name: ${path}, md5: ${oid}${reason.startsWith('imported') ? ` (${reason})` : ''}`)), WHERE_TO_LOOK].join('\n')]),
    ...few(failed.map(({ oid, path, reason }) => `failed to transfer '${path}' (${oid}) - ${reason}`)),
  ];
}

const WHERE_TO_LOOK = "Push them from where they were made, or name the remote that has them with '-r' ('tow remote list').";

/** The first of many lines, and how many more there are: `--json` has all of them. */
export function few(lines: readonly string[], most = 50): readonly string[] {
  return lines.length <= most ? lines : [...lines.slice(0, most), `... and ${lines.length - most} more ('--json' lists all)`];
}

/** '3 files failed to upload' and what is missing, for the last line. */
export function failureSummary(action: string, { missing, failed }: { readonly missing: readonly Fault[]; readonly failed: readonly Fault[] }): string {
  const files = (count: number): string => `${count} file${count === 1 ? '' : 's'}`;
  return [...(failed.length > 0 ? [`${files(failed.length)} failed to ${action}`] : []), ...(missing.length > 0 ? [`${files(missing.length)} missing on both sides`] : [])].join(', ');
}

/** A path of the repository as the user sees it from where he stands; '.' is where he stands. */
export function fromHere(root: string, cwd: string, path: string): string {
  const depth = cwd === root ? [] : cwd.startsWith(`${root}/`) ? cwd.slice(root.length + 1).split('/') : [];
  const parts = path.split('/');
  let same = 0;
  while (same < depth.length && same < parts.length && depth[same] === parts[same]) same++;
  return [...depth.slice(same).map(() => '..'), ...parts.slice(same)].join('/') || '.';
}

/** A word as a POSIX shell takes it (Python's shlex.quote). */
export function shellQuote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'"'"'`)}'`;
}

/** What a command says that changed files which belong into Git, unless Git was given them. */
export function* toTrack({ files, staged, hasGit }: { readonly files: readonly string[]; readonly staged: boolean; readonly hasGit: boolean }): Iterable<string> {
  if (!hasGit || staged || files.length === 0) return;
  yield* ['', 'To track the changes with git, run:', '', `\tgit add ${files.map(shellQuote).join(' ')}`, '', 'To enable auto staging, run:', '', '\tdvc config core.autostage true'];
}

/** What DVC says of an import. */
export function* importLines(result: { readonly from: string; readonly path: string; readonly isLooked: boolean; readonly files: readonly string[]; readonly staged: boolean; readonly hasGit: boolean }): Iterable<string> {
  if (result.isLooked) yield `Importing '${result.from}' -> '${result.path}'`;
  yield* toTrack(result);
}
