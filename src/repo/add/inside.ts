import { packNames } from '../../disk/names.ts';
import { exists, followFile } from '../../disk/read.ts';
import { TowlineError } from '../../errors.ts';
import { type HashInfo, isTreeOid } from '../../odb/hash-info.ts';
import { loadTree } from '../../odb/load-tree.ts';
import { createTree, type Tree, type TreeEntry } from '../../odb/tree.ts';
import { filterEntries } from '../../odb/tree-entries.ts';
import type { CallOptions } from '../../storage/call.ts';
import { listingOf } from '../collect/listing.ts';
import type { ObservedDirectory } from '../collect/observe.ts';
import { firstToAnswer } from '../mirrors.ts';
import type { Repo } from '../repo.ts';
import type { Output } from '../stage.ts';
import { storeOutput, storeTree } from '../store-output.ts';
import { checkThere, type Parent } from './check.ts';
import { NO_ROWS } from './outside.ts';

/** Tracks anew a part of a tracked directory: the rest of it is taken from its listing, so it need not be here. */
export async function addInside(repo: Repo, target: Parent & { readonly path: string }, request: CallOptions & { readonly noCommit?: boolean; readonly noRelink?: boolean }): Promise<ObservedDirectory> {
  const { output, path } = target;
  const hash = output.hash;
  if (!hash || !isTreeOid(hash.value)) throw new TowlineError('INVALID_ARGUMENT', `'${path}' lies in '${output.path}', which is not tracked as a directory`);
  if (hash.name !== 'md5') throw new TowlineError('UNSUPPORTED', `'${output.path}' was added by DVC 2`, { hint: `Add it as a whole: 'tow add ${output.path}'.` });
  const before = await wholeTree(repo, target, request);
  const call = request.signal ? { signal: request.signal } : {};
  const isFolder = followFile(`${repo.root}/${path}`)?.kind === 'folder';
  const inner = path.slice(output.path.length + 1);
  if (!exists(`${repo.root}/${path}`)) return await withoutPart(repo, target, { before, inner, store: request.noCommit !== true });
  const stored = await storeOutput(repo, path, { ...call, name: 'md5', isFolder, intoCache: request.noCommit !== true, relink: request.noRelink !== true });
  const fresh: readonly TreeEntry[] = stored.kind === 'file' ? [{ relpath: inner, oid: stored.oid }] : Array.from(stored.entries, ({ relpath, oid }) => ({ relpath: `${inner}/${relpath}`, oid }));
  const kept = filterEntries(before.entries, ({ relpath }) => relpath !== inner && !relpath.startsWith(`${inner}/`) && !inner.startsWith(`${relpath}/`));
  const tree = createTree([...kept, ...fresh]);
  if (request.noCommit !== true) await storeTree(repo, tree, { ...call, name: 'md5' });
  return { kind: 'directory', ...tree, size: await sizeOf(repo, target, { before, inner, added: stored.size }), rows: { ...stored.rows, names: packNames(stored.kind === 'file' ? [inner] : Array.from(stored.rows.names, (name) => `${inner}/${name}`)) } };
}

/** The directory without what is no longer there: it need not be here otherwise. */
async function withoutPart(repo: Repo, target: Parent & { readonly path: string }, { before, inner, store }: { readonly before: Tree; readonly inner: string; readonly store: boolean }): Promise<ObservedDirectory> {
  const kept = filterEntries(before.entries, ({ relpath }) => relpath !== inner && !relpath.startsWith(`${inner}/`));
  if (kept.length === before.entries.length) checkThere(repo, target.path);
  const tree = createTree(kept);
  if (store) await storeTree(repo, tree, { name: 'md5' });
  return { kind: 'directory', ...tree, size: await sizeOf(repo, target, { before, inner, added: 0 }), rows: NO_ROWS };
}

/** What the directory was, from the cache or else from its remote: the files themselves are not needed for it. */
async function wholeTree(repo: Repo, { output }: Parent, { signal }: CallOptions): Promise<Tree> {
  const call = signal ? { signal } : {};
  const { hash } = output;
  const tree = listingOf(output) ?? (hash && ((await loadTree(hash.value, [repo.cache.objects(hash.name)], call)) ?? (await treeFromRemote(repo, output, { ...call, hash }))));
  if (tree) return tree;
  throw new TowlineError('NOT_FOUND', `the listing of '${output.path}' is neither in the cache nor on the remote`, { hint: `Push '${output.path}' from where it was made.` });
}

/** Kept in the cache, where DVC keeps it, too. */
async function treeFromRemote(repo: Repo, { remote: pinned }: Output, { hash, ...call }: CallOptions & { readonly hash: HashInfo }): Promise<Tree | undefined> {
  const remote = repo.remote(repo.workspace, { command: 'add', ...(pinned !== undefined && { name: pinned }) });
  const tree = await firstToAnswer(repo, remote, async (from) => await loadTree(hash.value, [await from.objects(hash.name)], call));
  if (tree) await storeTree(repo, tree, { ...call, name: hash.name });
  return tree;
}

/** The recorded size, less what was replaced, and what came. An object that is not here cannot tell its size: it goes with zero. */
async function sizeOf(repo: Repo, { output }: Parent, change: { readonly before: Tree; readonly inner: string; readonly added: number }): Promise<number> {
  const { before, inner, added } = change;
  const cache = repo.cache.objects('md5');
  let gone = 0;
  for (const { relpath, oid } of before.entries) if (relpath === inner || relpath.startsWith(`${inner}/`)) gone += followFile(cache.fileOf(oid))?.size ?? 0;
  return Math.max(0, (output.meta.size ?? 0) - gone) + added;
}
