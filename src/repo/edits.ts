import type { Disk } from '../disk/disk.ts';
import { readText, statFile } from '../disk/read.ts';
import { replaceFile } from '../disk/replace.ts';
import { TowlineError } from '../errors.ts';
import type { Edit } from './stage.ts';
import { unfinishedFolder } from './unfinished.ts';

/**
 * Makes all changes, each in one step. Before the first it is checked that every file still holds what the edit was planned for: if one
 * does not, nothing is changed and PRECONDITION_FAILED is thrown. When a change fails, those made before it are taken back.
 */
export function applyEdits(disk: Disk, root: string, edits: readonly Edit[]): void {
  const needed = edits.filter(({ before, after }) => before !== after);
  for (const edit of needed) refuseMoved(root, edit);
  const done: Edit[] = [];
  try {
    for (const edit of needed) {
      makeFolders(disk, root, edit.file);
      apply(disk, root, edit);
      done.push(edit);
    }
  } catch (error) {
    throw undo(error, { disk, root, done: done.toReversed() });
  }
}

function refuseMoved(root: string, { file, before }: Edit): void {
  if (readText(`${root}/${file}`) === before) return;
  throw new TowlineError('PRECONDITION_FAILED', `'${file}' was changed by someone else in the meantime; nothing was written`, { hint: 'Repeat the command: it then starts from what the file holds now.', context: { file } });
}

function apply(disk: Disk, root: string, { file, after }: Edit): void {
  const path = `${root}/${file}`;
  if (after === undefined) disk.remove(path);
  else replaceFile(disk, path, after, { unfinished: unfinishedFolder(disk, root) });
}

/** The error to throw: the first one, and what could not be taken back after it. */
function undo(cause: unknown, { disk, root, done }: { readonly disk: Disk; readonly root: string; readonly done: readonly Edit[] }): unknown {
  const left: string[] = [];
  for (const { file, before, after } of done) {
    try {
      apply(disk, root, { file, before: after, after: before });
    } catch (error) {
      left.push(`${file}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  if (left.length === 0) return cause;
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new TowlineError('UNKNOWN', `${reason}; and these files could not be put back as they were: ${left.join(', ')}`, { cause, hint: "'git diff' shows what is left of the change." });
}

function makeFolders(disk: Disk, root: string, file: string): void {
  const parts = file.split('/').slice(0, -1);
  parts.forEach((_, index) => {
    const folder = `${root}/${parts.slice(0, index + 1).join('/')}`;
    if (statFile(folder) === undefined) disk.makeFolder(folder);
  });
}
