import { compareCodePoints } from '../../disk/names.ts';
import { diff as diffOf, type Diff } from '../../repo/verbs/diff.ts';
import { defineCommand } from '../command.ts';
import { withRepository } from '../open-repository.ts';

interface Row { readonly path: string | { readonly old: string; readonly new: string }; readonly hash?: string | null | { readonly old: string | null; readonly new: string | null } }
/** DVC's sections, in its order. */
type Sections = Partial<Record<'added' | 'deleted' | 'modified' | 'renamed' | 'not in cache', readonly Row[]>>;

const ORDER = ['added', 'deleted', 'renamed', 'modified', 'not in cache'] as const;

export const diff = defineCommand({
  positionals: ['[a_rev]', '[b_rev]'],
  flags: {
    targets: { type: 'string', value: 'paths', multiple: true, isGreedy: true, help: 'compare only these tracked paths' },
    showHash: { type: 'boolean', help: 'show hashes, too' },
    md: { type: 'boolean', help: 'print a table in Markdown' },
    hideMissing: { type: 'boolean', help: 'do not show what the cache lacks' },
  },
  examples: ['tow diff', 'tow diff v1.0 main --targets data/train'],
  failure: 'failed to get diff',
  async run({ flags, positionals: [from, to] }, context) {
    const { targets, showHash, md, hideMissing } = flags;
    const found = await withRepository(context, { ...flags, isShared: true, onlyLooks: true }, (repo) => diffOf(repo, { targets, cwd: context.cwd, ...(from !== undefined && { from }), ...(to !== undefined && { to }) }, context));
    return { sections: sectionsOf(found, { showHash, isWithMissing: to === undefined && !hideMissing }), showHash, md };
  },
  *text({ sections, showHash, md }) {
    if (md) yield* markdown(sections, showHash);
    else yield* listed(sections);
  },
  json: ({ sections }) => sections,
});

/** Nothing at all where nothing differs; else every section, also an empty one. */
function sectionsOf(found: Diff, { showHash, isWithMissing }: { readonly showHash: boolean; readonly isWithMissing: boolean }): Sections {
  const { notInCache, ...changes } = found;
  if ([...Object.values(changes), notInCache].every((rows) => rows.length === 0)) return {};
  const all: Sections = { ...changes, ...(isWithMissing && { 'not in cache': notInCache }) };
  return Object.fromEntries(Object.entries(all).map(([name, rows]) => [name, sorted(rows).map(({ path, hash }) => (showHash ? { path, hash } : { path }))]));
}

const keyOf = ({ path }: Row): string => (typeof path === 'string' ? path : path.old);
const sorted = (rows: readonly Row[]): readonly Row[] => [...rows].sort((a, b) => compareCodePoints(keyOf(a), keyOf(b)));
const shown = ({ path }: Row): string => (typeof path === 'string' ? path : `${path.old} -> ${path.new}`);
const digest = ({ hash }: Row): string => (typeof hash === 'string' ? hash.slice(0, 8) : hash ? `${hash.old?.slice(0, 8) ?? ''}..${hash.new?.slice(0, 8) ?? ''}` : '');

function* listed(sections: Sections): Iterable<string> {
  for (const name of ORDER) {
    const rows = sections[name] ?? [];
    if (rows.length === 0) continue;
    yield `${name.charAt(0).toUpperCase()}${name.slice(1)}:`;
    for (const row of rows) yield `    ${row.hash ? `${digest(row)}  ` : ''}${shown(row)}`;
    yield '';
  }
  // Directories are named and not counted.
  const counts = ORDER.map((name) => [name, (sections[name] ?? []).filter((row) => !shown(row).endsWith('/')).length] as const).filter(([, count]) => count > 0);
  if (counts.length > 0) yield `files summary: ${counts.map(([name, count]) => `${count} ${name}`).join(', ')}`;
}

/** As tabulate prints it for DVC: columns as wide as their widest cell, and two more than their title. */
function* markdown(sections: Sections, showHash: boolean): Iterable<string> {
  const head = showHash ? ['Status', 'Hash', 'Path'] : ['Status', 'Path'];
  const rows = ORDER.flatMap((name) => (sections[name] ?? []).map((row) => (showHash ? [name, digest(row), shown(row)] : [name, shown(row)])));
  const widths = head.map((title, column) => Math.max(title.length + 2, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string => `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  yield line(head);
  yield `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`;
  for (const row of rows) yield line(row);
  yield '';
}
