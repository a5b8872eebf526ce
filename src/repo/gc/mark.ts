import { TowlineError } from '../../errors.ts';
import type { HashName, Oid } from '../../odb/hash-info.ts';
import { isTreeOid } from '../../odb/hash-info.ts';
import { loadTree } from '../../odb/load-tree.ts';
import type { ObjectDb } from '../../odb/object-db.ts';
import { createOidSetBuilder, type OidSet, type OidSetBuilder } from '../../odb/oid-set.ts';
import type { CallOptions } from '../../storage/call.ts';
import { listingOf } from '../collect/listing.ts';
import { collectStages } from '../collect/stages.ts';
import type { DataRemote } from '../data-remote.ts';
import type { Repo } from '../repo.ts';
import type { Revision } from '../revision.ts';
import { isRepoImport, type Output } from '../stage.ts';

/** What is in use: nothing of it may go. */
export interface InUse {
  readonly objects: ReadonlyMap<HashName, OidSet>;
  /** The remotes that outputs are pinned to, and the revision that says where each is. */
  readonly pinned: readonly Pinned[];
  /** Every output that names some of it. */
  readonly outputs: ReadonlySet<Output>;
}
export interface Pinned { readonly revision: Revision; readonly name: string }
export interface Marking extends CallOptions {
  readonly revisions: readonly Revision[];
  /** The repositories whose caches may have a listing. */
  readonly caches: readonly Repo[];
  /** Where a listing that the cache lacks may be, besides the remote of its output. */
  readonly remote: string | undefined;
  /** Paths of directories whose listing is lost, and whose files are given up with it. */
  readonly givenUp: ReadonlySet<string>;
  /** A revision that cannot be read is passed over and named here; without it, it ends the command. */
  readonly onUnreadable?: (revision: string, error: TowlineError) => void;
}

interface Marks {
  readonly repo: Repo;
  readonly marking: Marking;
  readonly builders: Map<HashName, OidSetBuilder>;
  readonly remotes: Map<string, DataRemote>;
  readonly pinned: Map<string, Pinned>;
  readonly trees: Set<Oid>;
  readonly lost: Map<Oid, string>;
  readonly outputs: Set<Output>;
}

/**
 * All objects that the revisions of a repository name, those in directories included. Where a listing is nowhere to be read nobody knows what it needs, so
 * that is NOT_FOUND before anything is deleted, unless its directory is given up by name.
 */
export async function markInUse(repo: Repo, marking: Marking): Promise<InUse> {
  const marks: Marks = { repo, marking, builders: new Map(), remotes: new Map(), pinned: new Map(), trees: new Set(), lost: new Map(), outputs: new Set() };
  try {
    for (const revision of marking.revisions) await markRevision(marks, revision);
  } finally {
    for (const remote of marks.remotes.values()) await remote.close();
  }
  if (marks.lost.size > 0) throw lostListings(marks.lost);
  return { objects: new Map([...marks.builders].map(([name, builder]) => [name, builder.build()])), pinned: [...marks.pinned.values()], outputs: marks.outputs };
}

async function markRevision(marks: Marks, revision: Revision): Promise<void> {
  const { signal, onUnreadable } = marks.marking;
  signal?.throwIfAborted();
  try {
    for (const stage of await collectStages(revision)) {
      const isElsewhere = isRepoImport(stage);
      for (const output of stage.outputs) if (output.hash && output.cache && output.place === 'repository') await markOutput(marks, revision, { output, isElsewhere });
    }
  } catch (error) {
    if (!onUnreadable || !(error instanceof TowlineError) || error.code === 'ABORTED') throw error;
    onUnreadable(revision.name, error);
  }
}

/** What was imported from another repository lies there: where its listing is not in the cache, nothing is lost with files that may be of it, and it is on no remote of this one. */
async function markOutput(marks: Marks, revision: Revision, { output, isElsewhere }: { readonly output: Output; readonly isElsewhere: boolean }): Promise<void> {
  if (!output.hash) return;
  const { name, value: oid } = output.hash;
  const builder = marks.builders.get(name) ?? createOidSetBuilder();
  marks.builders.set(name, builder);
  builder.add(oid);
  marks.outputs.add(output);
  if (output.remote !== undefined) marks.pinned.set(`${output.remote} ${revision.name}`, { revision, name: output.remote });
  if (!isTreeOid(oid) || marks.trees.has(oid)) return;
  marks.trees.add(oid);
  const tree = listingOf(output) ?? (await loadTree(oid, marks.marking.caches.map(({ cache }) => cache.objects(name)), marks.marking).catch(() => undefined)) ?? (isElsewhere ? undefined : await treeFromRemote(marks, revision, { output, oid, name }));
  if (tree) for (const entry of tree.entries) builder.add(entry.oid);
  else if (!isElsewhere && !marks.marking.givenUp.has(output.path)) marks.lost.set(oid, revision.name === 'workspace' ? output.path : `${output.path} (in ${revision.name})`);
}

async function treeFromRemote(marks: Marks, revision: Revision, { output, oid, name }: { readonly output: Output; readonly oid: Oid; readonly name: HashName }): ReturnType<typeof loadTree> {
  const places: ObjectDb[] = [];
  const remote = remoteOf(marks, revision, output.remote);
  if (remote) places.push(await remote.objects(name));
  return await loadTree(oid, places, marks.marking).catch((error: unknown) => {
    // Unreachable or damaged: either way nobody knows what it lists.
    if (error instanceof TowlineError && error.code !== 'ABORTED') return undefined;
    throw error;
  });
}

/** The remote an output is pinned to, or the one that was named, or the default one; undefined when there is none. */
function remoteOf({ repo, marking, remotes }: Marks, revision: Revision, pinned: string | undefined): DataRemote | undefined {
  const name = pinned ?? marking.remote;
  const key = `${name ?? ''} ${revision.name}`;
  const known = remotes.get(key);
  if (known) return known;
  try {
    const remote = repo.remote(revision, { command: 'gc', ...(name !== undefined && { name }) });
    const twin = [...remotes.values()].find((one) => one.name === remote.name && one.url === remote.url);
    remotes.set(key, twin ?? remote);
    return twin ?? remote;
  } catch (error) {
    if (error instanceof TowlineError && pinned === undefined && marking.remote === undefined) return undefined;
    throw error;
  }
}

function lostListings(lost: ReadonlyMap<Oid, string>): TowlineError {
  const names = [...lost].map(([oid, path]) => `  ${path}: ${oid}`);
  return new TowlineError('NOT_FOUND', ['which files these directories need cannot be known, because their listings are neither in the cache nor on a remote that can be read:', ...names].join('\n'), {
    hint: `Nothing was deleted. 'tow fetch' may bring them; '--give-up ${[...lost.values()][0]?.replace(/ \(in .*/, '') ?? 'PATH'}' deletes their files with them.`,
  });
}
