import { dirname, join } from 'node:path';
import type { Disk } from '../disk/disk.ts';
import { makeFolders } from '../disk/folders.ts';
import { readText } from '../disk/read.ts';
import { replaceFile } from '../disk/replace.ts';
import { TowlineError } from '../errors.ts';
import type { ConfigEdit } from './config-draft.ts';

/** Files of the repository that must never be committed, and the line of `.dvc/.gitignore` that says so. */
const IGNORED: Readonly<Record<string, string>> = { 'config.local': '/config.local', 'towline.local': '/towline.local' };

/** Writes the edits, each file whole and on the disk before the next. What cannot be finished is taken back. Refuses when a file is not as it was read. Files grow in `unfinished`, where it is on the same device. */
export function applyConfigEdits(disk: Disk, edits: readonly ConfigEdit[], { unfinished }: { readonly unfinished?: string } = {}): void {
  const all = [...ignoreEdits(edits), ...edits];
  checkUnchanged(all);
  const done: ConfigEdit[] = [];
  try {
    for (const edit of all) {
      makeFolders(disk, dirname(edit.file), edit.mode === 0o600 ? 0o700 : undefined);
      replaceFile(disk, edit.file, edit.after, { unfinished, ...(edit.mode !== undefined && { mode: edit.mode }) });
      done.push(edit);
    }
  } catch (error) {
    throw takenBack(error, disk, done.toReversed());
  }
}

/** The lines of `.dvc/.gitignore` that must stand before a private file is first written. */
function ignoreEdits(edits: readonly ConfigEdit[]): readonly ConfigEdit[] {
  const folders = new Map<string, string[]>();
  for (const { file, mode } of edits) {
    const line = IGNORED[file.slice(dirname(file).length + 1)];
    if (mode !== undefined && line !== undefined) folders.set(dirname(file), [...folders.get(dirname(file)) ?? [], line]);
  }
  return [...folders].flatMap(([folder, lines]) => {
    const file = join(folder, '.gitignore');
    const before = readText(file);
    const known = new Set((before ?? '').split(/\r?\n/).map((line) => line.trim()));
    const missing = [...new Set(lines)].filter((line) => !known.has(line));
    if (missing.length === 0) return [];
    const gap = before === undefined || before === '' || before.endsWith('\n') ? '' : '\n';
    return [{ file, before, after: `${before ?? ''}${gap}${missing.map((line) => `${line}\n`).join('')}` }];
  });
}

function checkUnchanged(edits: readonly ConfigEdit[]): void {
  const checked = new Set<string>();
  for (const { file, before } of edits) {
    if (checked.has(file)) continue;
    checked.add(file);
    if (readText(file) !== before) throw new TowlineError('PRECONDITION_FAILED', `'${file}' was changed by somebody else meanwhile`, { hint: 'Repeat the command.', context: { path: file } });
  }
}

/** The error to throw once all is as it was, or with what could not be taken back. */
function takenBack(cause: unknown, disk: Disk, done: readonly ConfigEdit[]): unknown {
  const left: string[] = [];
  for (const { file, before, mode } of done) {
    try {
      if (before === undefined) disk.remove(file);
      else replaceFile(disk, file, before, mode === undefined ? {} : { mode });
    } catch (error) {
      if (!(error instanceof TowlineError)) throw error;
      left.push(file);
    }
  }
  if (left.length === 0 || !(cause instanceof TowlineError)) return cause;
  return new TowlineError(cause.code, cause.message, { cause, hint: `${left.map((file) => `'${file}'`).join(', ')} could not be put back: look at it before you go on.` });
}
