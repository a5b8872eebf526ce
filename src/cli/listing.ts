import { compareCodePoints } from '../disk/names.ts';

/** One name to show. `hash` undefined: the column says '-'. */
export interface Row {
  readonly path: string;
  readonly size?: number | undefined;
  readonly isFolder: boolean;
  readonly hash?: string | undefined;
}
export interface Columns { readonly size: boolean; readonly hash: boolean }

/** Names with their sizes and hashes before them, in columns as DVC sets them (tabulate, 'plain'). */
export function* listingLines(rows: readonly Row[], { size, hash }: Columns): Iterable<string> {
  const table = rows.map((row) => [...(size ? [shownSize(row)] : []), ...(hash ? [row.hash ?? '-'] : []), row.path]);
  const widths = table.reduce<readonly number[]>((most, cells) => cells.map((cell, at) => Math.max(most[at] ?? 0, cell.length)), []);
  for (const cells of table) yield cells.map((cell, at) => (at === cells.length - 1 ? cell : size && at === 0 ? cell.padStart(widths[at] ?? 0) : cell.padEnd(widths[at] ?? 0))).join('  ');
}

function shownSize({ size, isFolder }: Row): string {
  return size === undefined || (size <= 0 && isFolder) ? '' : humanSize(size);
}

/** '4.00k', as tqdm writes sizes. */
export function humanSize(size: number): string {
  if (size < 1024) return String(size);
  let rest = size;
  for (const unit of ['', 'k', 'M', 'G', 'T', 'P', 'E', 'Z']) {
    if (Math.abs(rest) < 999.5) {
      if (Math.abs(rest) >= 99.95) return `${rest.toFixed(0)}${unit}`;
      return Math.abs(rest) >= 9.995 ? `${rest.toFixed(1)}${unit}` : `${rest.toFixed(2)}${unit}`;
    }
    rest /= 1024;
  }
  return `${rest.toFixed(1)}Y`;
}

/** The same names as a tree: `top` first, then what is in it. */
export function treeRows(top: Row, rows: readonly Row[]): readonly Row[] {
  const children = new Map<string, Row[]>();
  const known = new Set<string>();
  const put = (row: Row): void => {
    if (known.has(row.path)) return;
    known.add(row.path);
    const parent = row.path.includes('/') ? row.path.slice(0, row.path.lastIndexOf('/')) : '';
    if (parent !== '') put({ path: parent, isFolder: true });
    children.set(parent, [...(children.get(parent) ?? []), row]);
  };
  // Folders that are rows of their own come before those that only stand in paths.
  for (const row of [...rows].sort((a, b) => Number(b.isFolder) - Number(a.isFolder))) put(row);
  const lines: Row[] = [top];
  const visit = (folder: string, prefix: string): void => {
    const inside = [...(children.get(folder) ?? [])].sort((a, b) => compareCodePoints(a.path, b.path));
    inside.forEach((row, at) => {
      const isLast = at === inside.length - 1;
      lines.push({ ...row, path: `${prefix}${isLast ? '└── ' : '├── '}${row.path.slice(row.path.lastIndexOf('/') + 1)}` });
      visit(row.path, `${prefix}${isLast ? '    ' : '│   '}`);
    });
  };
  visit('', '');
  return lines;
}
