import { basename, join, resolve } from 'node:path';

import { hashFiles } from '../../disk/hash.ts';
import { packNames } from '../../disk/names.ts';
import { placeFiles } from '../../disk/place.ts';
import { followFile, statFile } from '../../disk/read.ts';
import { type Scan, scan } from '../../disk/scan.ts';
import { TowlineError } from '../../errors.ts';
import type { Oid } from '../../odb/hash-info.ts';
import type { ObjectDb, StoredObject } from '../../odb/object-db.ts';
import { packOids } from '../../odb/oid-column.ts';
import { createOidSetBuilder } from '../../odb/oid-set.ts';
import { serializeTree } from '../../odb/tree.ts';
import type { CallOptions } from '../../storage/call.ts';
import { fromFile } from '../../storage/file-source.ts';
import { fromBytes } from '../../storage/source.ts';
import { describeFolder, type Observed } from '../collect/observe.ts';
import { isUrl } from '../files/place.ts';
import type { Repo } from '../repo.ts';
import { locateAddable } from './locate-addable.ts';

/** Data from elsewhere that is to be tracked under a path of the repository. */
export interface Outside {
  /** Absolute. */
  readonly source: string;
  /** Relative to the root. */
  readonly path: string;
}

/** What `-o` and `--to-remote` take: one target, on this machine. What lies in its place is only replaced when `force` says so. */
export function findOutside(repo: Repo, { targets, out, cwd, force }: { readonly targets: readonly string[]; readonly out?: string; readonly cwd: string; readonly force?: boolean }): Outside {
  const [target = ''] = targets;
  if (isUrl(target)) throw new TowlineError('UNSUPPORTED', `'${target}' is not on this machine`, { hint: `'tow import-url ${target}' brings it and remembers where it came from.` });
  const source = resolve(cwd, target);
  if (out === undefined) return { source: existing(source, target), path: placeBeside(repo, source, cwd) };
  const place = followFile(resolve(cwd, out))?.kind === 'folder' ? join(out, basename(source)) : out;
  const path = locateAddable(repo, place, cwd);
  const there = followFile(resolve(cwd, place));
  if (there && force !== true) {
    throw new TowlineError('ALREADY_EXISTS', `The ${there.kind === 'folder' ? 'directory' : 'file'} '${place}' already exists locally. \nTo override it, re-run with '--force'.`);
  }
  return { source: existing(source, target), path };
}

function existing(source: string, target: string): string {
  if (followFile(source) !== undefined) return source;
  throw new TowlineError('NOT_FOUND', `output '${target}' does not exist: [Errno 2] No such file or directory: '${source}'`);
}

/** Data of the repository gets its `.dvc` file beside it, other data where one stands. */
function placeBeside(repo: Repo, source: string, cwd: string): string {
  return locateAddable(repo, source.startsWith(`${repo.root}/`) ? source : basename(source), cwd);
}

/** Copies the data to its place in the workspace, each file in one step; what lay there in a directory goes after that. */
export async function bringHere(repo: Repo, { source, path }: Outside, call: CallOptions): Promise<void> {
  const target = `${repo.root}/${path}`;
  const isFolder = followFile(source)?.kind === 'folder';
  const there = statFile(target);
  if (there && (there.kind === 'folder') !== isFolder) throw new TowlineError('ALREADY_EXISTS', `'${path}' is ${isFolder ? 'no directory' : 'a directory'}, and '${source}' is ${isFolder ? 'one' : 'none'}`, { hint: `Remove '${path}' first.` });
  const names = isFolder ? [...scan(source).names] : [];
  const jobs = isFolder ? names.map((name) => ({ from: `${source}/${name}`, to: `${target}/${name}` })) : [{ from: source, to: target }];
  const placed = await placeFiles(repo.lent.disk, jobs, { ...call, root: repo.root, links: ['reflink', 'copy'], processors: repo.lent.processors });
  for (const error of placed.errors.values()) throw error;
  if (!isFolder || !there) return;
  const wanted = new Set(names);
  for (const name of scan(target).names) if (!wanted.has(name)) repo.lent.disk.remove(`${target}/${name}`);
}

/** Brings the data right to a remote, each byte once: neither the workspace nor the cache gets any. The listing of a directory goes last. */
export async function sendAway(repo: Repo, { source }: Outside, options: CallOptions & { readonly target: ObjectDb; readonly jobs?: number }): Promise<Exclude<Observed, { kind: 'absent' }>> {
  const { target, ...call } = options;
  const rows = followFile(source)?.kind === 'folder' ? scan(source) : undefined;
  const paths = rows ? Array.from(rows.names, (name) => `${source}/${name}`) : [source];
  repo.lent.report?.({ kind: 'phase', name: 'Hashing', files: paths.length });
  const hashed = await hashFiles(paths, { name: 'md5', processors: repo.lent.processors, ...(call.signal && { signal: call.signal }) });
  for (const error of hashed.errors.values()) throw error;
  const oids = paths.map((_, row) => (hashed.digests[row] ?? '') as Oid);
  await storeMissing(target, missingFiles(paths, oids), call);
  if (!rows) {
    const info = followFile(source);
    return { kind: 'file', oid: oids[0] ?? ('' as Oid), size: info?.size ?? 0, isexec: ((info?.mode ?? 0) & 0o100) !== 0, rows: NO_ROWS };
  }
  const directory = describeFolder(rows, packOids(oids));
  await storeMissing(target, new Map([[directory.oid, fromBytes(serializeTree(directory.entries))]]), call);
  return directory;
}

export function missingFiles(paths: readonly string[], oids: readonly Oid[]): ReadonlyMap<Oid, StoredObject['source']> {
  return new Map(oids.map((oid, row) => [oid, fromFile(paths[row] ?? '', followFile(paths[row] ?? '')?.size ?? 0)]));
}

/** Stores what `target` lacks; throws the first failure: a `.dvc` file must not name what is not there. */
export async function storeMissing(target: ObjectDb, sources: ReadonlyMap<Oid, StoredObject['source']>, call: CallOptions & { readonly jobs?: number }): Promise<void> {
  const builder = createOidSetBuilder();
  for (const [oid, source] of sources) builder.add(oid, source.size);
  const wanted = builder.build();
  const held = await target.present(wanted, call);
  async function* objects(): AsyncIterable<StoredObject> {
    for (const [oid, source] of sources) if (!held.has(oid)) yield { oid, source };
  }
  for await (const { error } of target.write(objects(), call)) if (error) throw error;
}

export const NO_ROWS: Scan = { names: packNames([]), size: new Float64Array(), mtimeMs: new Float64Array(), inode: new Float64Array(), mode: new Uint32Array(), links: new Set(), linkedFolders: [] };
