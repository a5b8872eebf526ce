import { packNames } from '../../disk/names.ts';
import { statFile, followFile } from '../../disk/read.ts';
import { type Confirmed, type FileRows, type Scan, scan } from '../../disk/scan.ts';
import { noteSame } from '../../disk/watch.ts';
import { TowlineError } from '../../errors.ts';
import type { HashName, Oid } from '../../odb/hash-info.ts';
import { copyOids, type OidColumn, unknownRows } from '../../odb/oid-column.ts';
import type { Recalled, Remembered } from '../../odb/state-index.ts';
import { createTree, type TreeEntries } from '../../odb/tree.ts';
import { entriesOf } from '../../odb/tree-entries.ts';
import type { CallOptions } from '../../storage/call.ts';
import type { Output } from '../stage.ts';
import type { Repo } from '../repo.ts';

/** What lies in the workspace under the path of an output. */
export type Observed =
  | { readonly kind: 'absent' }
  | { readonly kind: 'file'; readonly oid: Oid; readonly size: number; readonly isexec: boolean; readonly rows: Scan }
  | ObservedDirectory;

/** A directory as it lies in the workspace. */
export interface ObservedDirectory {
  readonly kind: 'directory';
  /** Of the tree that its files make. */
  readonly oid: Oid;
  readonly size: number;
  readonly rows: Scan;
  readonly entries: TreeEntries;
}

/** Looks at what lies under each of `outputs`, reading only files that have changed since they were last hashed. The state is remembered. */
export async function observe(repo: Repo, outputs: readonly Output[], options: CallOptions = {}): Promise<ReadonlyMap<Output, Observed>> {
  const observed = new Map<Output, Observed>();
  const singles = new Map<HashName, Output[]>();
  for (const output of outputs) {
    const info = followFile(`${repo.root}/${output.path}`);
    const name = output.hashName;
    if (info === undefined) observed.set(output, { kind: 'absent' });
    else if (info.kind === 'folder') observed.set(output, await observeFolder(repo, output, options));
    else singles.set(name, [...(singles.get(name) ?? []), output]);
  }
  for (const [name, files] of singles) await observeFiles(repo, files, { ...options, name, observed });
  return observed;
}

/** The files of a tracked directory that are not ignored; a `.dvcignore` inside one is an error, as in DVC. `known`: an earlier scan of it. */
export async function scanOutput(repo: Repo, path: string, known?: FileRows): Promise<Scan> {
  const ignore = await repo.workspace.ignore();
  const folder = `${repo.root}/${path}`;
  const confirmed = known !== undefined && known.names.length >= MANY && ignore.ignoresHiddenOnly(path) ? await confirm(folder, known, repo.lent) : undefined;
  return scan(folder, {
    known,
    confirmed,
    within(below, names) {
      const place = below === '' ? path : `${path}/${below}`;
      const isIgnored = ignore.ignoresIn(place, names);
      return (name, isFolder) => {
        if (!isFolder && name === '.dvcignore') throw ignoreFileInside(repo, path, place);
        return !isIgnored(name, isFolder);
      };
    },
  });
}

/** Files that are looked at by more than one thread. */
const MANY = 150_000;

/** What few directories are large enough for is loaded for them only. */
const confirm = async (folder: string, known: FileRows, { processors }: Repo['lent']): Promise<Confirmed | undefined> => (await import('../../disk/confirm-in-threads.ts')).confirmInThreads(folder, known, { processors });

function ignoreFileInside(repo: Repo, path: string, place: string): TowlineError {
  return new TowlineError('INVALID_ARGUMENT', `.dvcignore file should not be in collected dir path: '${repo.root}/${place}'`, {
    hint: `Move the rules of '${place}/.dvcignore' to a .dvcignore above '${path}'.`,
    // DVC's exception for this is none that its commands catch.
    context: { exitCode: 255 },
  });
}

async function observeFolder(repo: Repo, output: Output, options: CallOptions): Promise<Observed> {
  const recalled = repo.cache.state(output.hashName).recall(output.path);
  const rows = await scanOutput(repo, output.path, recalled);
  const known = await hashRows(repo, rows, { ...options, name: output.hashName, key: output.path, folder: `${repo.root}/${output.path}`, recalled });
  const directory = describeFolder(rows, known.digests, known.summary);
  const state = repo.cache.state(output.hashName);
  if (known.summary === '') state.remember(output.path, rows, { digests: known.digests, summary: directory.oid.slice(0, 32) });
  else if (rows.links.size + rows.linkedFolders.length === 0) noteSame(`${repo.root}/${output.path}`, state.fileOf(output.path));
  return directory;
}

/** A directory as observed, from its rows and their oids; `summary` is the md5 of its tree where that is known. */
export function describeFolder(rows: Scan, oids: OidColumn, summary = ''): ObservedDirectory {
  const found = entriesOf(rows.names, oids);
  const { oid, entries } = summary === '' ? createTree(found) : { oid: `${summary}.dir` as Oid, entries: found };
  return { kind: 'directory', oid, size: rows.size.reduce((sum, size) => sum + size, 0), rows, entries };
}

async function observeFiles(repo: Repo, outputs: readonly Output[], options: CallOptions & { readonly name: HashName; readonly observed: Map<Output, Observed> }): Promise<void> {
  const { observed, name, ...call } = options;
  const all = scanFiles(repo, outputs.map(({ path }) => path));
  const { digests: oids } = await hashRows(repo, all, { ...call, name, key: FILES_KEY, folder: repo.root });
  outputs.forEach((output, row) => {
    const rows = rowOf(all, row);
    observed.set(output, { kind: 'file', oid: oids.at(row), size: all.size[row] ?? 0, isexec: ((all.mode[row] ?? 0) & 0o100) !== 0, rows });
  });
}

/** All tracked single files share one block of the state. */
export const FILES_KEY = '';

/** The rows of single files, by their paths relative to the root. */
export function scanFiles(repo: Repo, paths: readonly string[]): Scan {
  const links = new Set<number>();
  const infos = paths.map((path, row) => {
    const own = statFile(`${repo.root}/${path}`);
    if (own?.kind !== 'link') return own;
    links.add(row);
    return followFile(`${repo.root}/${path}`) ?? own;
  });
  return {
    names: packNames(paths),
    size: Float64Array.from(infos, (info) => info?.size ?? 0),
    mtimeMs: Float64Array.from(infos, (info) => info?.mtimeMs ?? 0),
    inode: Float64Array.from(infos, (info) => info?.inode ?? 0),
    mode: Uint32Array.from(infos, (info) => info?.mode ?? 0),
    links,
    linkedFolders: [],
  };
}

function rowOf(all: Scan, row: number): Scan {
  return { names: packNames([all.names.at(row) ?? '']), size: all.size.slice(row, row + 1), mtimeMs: all.mtimeMs.slice(row, row + 1), inode: all.inode.slice(row, row + 1), mode: all.mode.slice(row, row + 1), links: new Set(all.links.has(row) ? [0] : []), linkedFolders: [] };
}

interface RowsPlace extends CallOptions {
  readonly name: HashName;
  readonly key: string;
  readonly folder: string;
  readonly recalled?: Recalled | undefined;
}

/** The oid of every row: remembered, or hashed now. Single files are remembered here, a directory by its caller, who knows its tree. */
async function hashRows(repo: Repo, rows: Scan, { name, key, folder, recalled, ...call }: RowsPlace): Promise<Remembered> {
  const state = repo.cache.state(name);
  const known = state.match(key, rows, recalled);
  if (known.summary !== '') return known;
  const unknown = unknownRows(known.digests);
  if (unknown.length === 0) return known;
  const paths = { length: unknown.length, at: (at: number): string => `${folder}/${rows.names.at(unknown[at] ?? -1) ?? ''}` };
  repo.lent.report?.({ kind: 'phase', name: 'Hashing', files: paths.length });
  const { hashFiles } = await import('../../disk/hash.ts');
  const hashed = await hashFiles(paths, { name, sizes: Float64Array.from(unknown, (row) => rows.size[row] ?? 0), processors: repo.lent.processors, ...call, onAdvance: (files, bytes) => repo.lent.report?.({ kind: 'advance', files, bytes }) });
  for (const error of hashed.errors.values()) throw error;
  const digests = copyOids(known.digests);
  unknown.forEach((row, at) => digests.set(row, hashed.digests[at] as Oid));
  if (key === FILES_KEY) state.update(key, rows, { digests, summary: '' });
  return { digests, summary: '' };
}
