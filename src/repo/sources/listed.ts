import { compareCodePoints } from '../../disk/names.ts';

/** One name of a listing, relative to what was listed. */
export interface Listed {
  readonly path: string;
  readonly isFolder: boolean;
  readonly size?: number;
}

/** What is shown of files by their paths: those at the top and its folders, or with `recursive` all files; below `level` a folder stands for what is in it. In the order of the names. */
export function foldersOf<T extends Listed>(files: readonly T[], { recursive, level, empty = [] }: { readonly recursive?: boolean; readonly level?: number; readonly empty?: readonly string[] }): readonly (T | Listed)[] {
  const depth = recursive === true ? (level === undefined || level <= 0 ? Number.POSITIVE_INFINITY : level) : 1;
  const shown = new Map<string, T | Listed>();
  for (const file of files) {
    const parts = file.path.split('/');
    if (parts.length <= depth) shown.set(file.path, file);
    else {
      const path = parts.slice(0, depth).join('/');
      shown.set(path, { path, isFolder: true });
    }
  }
  for (const path of empty) if (path.split('/').length === depth && !shown.has(path)) shown.set(path, { path, isFolder: true });
  return [...shown.values()].sort((a, b) => compareCodePoints(a.path, b.path));
}
