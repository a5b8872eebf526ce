import { followFile } from '../../disk/read.ts';
import { TowlineError } from '../../errors.ts';
import { isTreeOid } from '../../odb/hash-info.ts';
import { loadTree } from '../../odb/load-tree.ts';
import { createTree, type Tree, type TreeEntry } from '../../odb/tree.ts';
import type { CallOptions } from '../../storage/call.ts';
import type { ObservedDirectory } from '../collect/observe.ts';
import type { Repo } from '../repo.ts';
import { storeOutput, storeTree } from '../store-output.ts';
import type { Parent } from './check.ts';

/** Tracks anew a part of a tracked directory: the rest of it is taken from its listing, so it need not be here. */
export async function addInside(repo: Repo, target: Parent & { readonly path: string }, request: CallOptions & { readonly noCommit?: boolean; readonly noRelink?: boolean }): Promise<ObservedDirectory> {
  const { output, path } = target;
  const hash = output.hash;
  if (!hash || !isTreeOid(hash.value)) throw new TowlineError('INVALID_ARGUMENT', `'${path}' lies in '${output.path}', which is not tracked as a directory`);
  if (hash.name !== 'md5') throw new TowlineError('UNSUPPORTED', `'${output.path}' was added by DVC 2`, { hint: `Add it as a whole: 'tow add ${output.path}'.` });
  const before = await wholeTree(repo, target, request);
  const call = request.signal ? { signal: request.signal } : {};
  const isFolder = followFile(`${repo.root}/${path}`)?.kind === 'folder';
  const stored = await storeOutput(repo, path, { ...call, name: 'md5', isFolder, intoCache: request.noCommit !== true, relink: request.noRelink !== true });
  const inner = path.slice(output.path.length + 1);
  const fresh: readonly TreeEntry[] = stored.kind === 'file' ? [{ relpath: inner, oid: stored.oid }] : stored.tree().entries.map(({ relpath, oid }) => ({ relpath: `${inner}/${relpath}`, oid }));
  const kept = before.entries.filter(({ relpath }) => relpath !== inner && !relpath.startsWith(`${inner}/`) && !inner.startsWith(`${relpath}/`));
  const tree = createTree([...kept, ...fresh]);
  if (request.noCommit !== true) await storeTree(repo, { oid: tree.oid, tree: () => tree }, { ...call, name: 'md5' });
  return { kind: 'directory', oid: tree.oid, tree: () => tree, size: await sizeOf(repo, target, { before, inner, added: stored.size }), rows: stored.rows, oids: [] };
}

async function wholeTree(repo: Repo, { output }: Parent, call: CallOptions): Promise<Tree> {
  const hash = output.hash;
  const tree = hash && (await loadTree(hash.value, [repo.cache.objects(hash.name)], call.signal ? { signal: call.signal } : {}));
  if (tree) return tree;
  throw new TowlineError('NOT_FOUND', `the listing of '${output.path}' is not in the cache`, { hint: `Get it first: 'tow fetch ${output.path}'.` });
}

/** The recorded size, less what was replaced, and what came. An object that is not here cannot tell its size: it goes with zero. */
async function sizeOf(repo: Repo, { output }: Parent, change: { readonly before: Tree; readonly inner: string; readonly added: number }): Promise<number> {
  const { before, inner, added } = change;
  const cache = repo.cache.objects('md5');
  const replaced = before.entries.filter(({ relpath }) => relpath === inner || relpath.startsWith(`${inner}/`));
  const gone = replaced.reduce((sum, { oid }) => sum + (followFile(cache.fileOf(oid))?.size ?? 0), 0);
  return Math.max(0, (output.meta.size ?? 0) - gone) + added;
}
