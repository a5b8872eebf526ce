import { hasCode } from '../../errors.ts';
import type { HashName, Oid } from '../../odb/hash-info.ts';
import { isTreeOid } from '../../odb/hash-info.ts';
import { loadTree } from '../../odb/load-tree.ts';
import type { ObjectDb } from '../../odb/object-db.ts';
import { createOidSetBuilder, type OidSet } from '../../odb/oid-set.ts';
import type { Tree } from '../../odb/tree.ts';
import { filterEntries, type TreeEntries } from '../../odb/tree-entries.ts';
import type { CallOptions } from '../../storage/call.ts';
import { listingOf } from './listing.ts';
import type { Selected } from './targets.ts';

/** The objects that outputs are made of. */
export interface Wanted {
  /** Every file, with its size where a `.dvc` file tells it, and every tree. */
  readonly objects: OidSet;
  readonly trees: readonly Tree[];
  /** Trees that are nowhere whole: what they list cannot be known. */
  readonly lost: readonly Oid[];
  /** Of those, why one that was found is none. */
  readonly damaged: ReadonlyMap<Oid, Error>;
  /** Trees of which only a part was asked for. */
  readonly partial: ReadonlySet<Oid>;
  /** At most so many bytes: infinite where a `.dvc` file does not say. */
  readonly bytes: number;
}

/** Lists the objects of `selected`, reading trees from the first of `places` that has them; those in `trees` are known already. */
export async function listWanted(selected: readonly Selected[], name: HashName, options: CallOptions & { readonly places: readonly ObjectDb[]; readonly trees?: Map<Oid, Tree> }): Promise<Wanted> {
  const { places, trees: known = new Map<Oid, Tree>(), ...call } = options;
  const objects = createOidSetBuilder();
  const trees = new Map<Oid, Tree>();
  const lost = new Set<Oid>();
  const damaged = new Map<Oid, Error>();
  const whole = new Set<Oid>();
  const partial = new Set<Oid>();
  let bytes = 0;
  for (const { output, inner } of selected) {
    const oid = output.hash?.name === name ? output.hash.value : undefined;
    if (oid === undefined) continue;
    if (!isTreeOid(oid)) {
      // The digest of DVC 2 is the same for text with other line ends, and so with another size.
      objects.add(oid, name === 'md5' ? output.meta.size : undefined);
      bytes += output.meta.size ?? Number.POSITIVE_INFINITY;
      continue;
    }
    const tree = known.get(oid) ?? listingOf(output) ?? (await loadTree(oid, places, call).catch(note(damaged, oid)));
    if (!tree) {
      lost.add(oid);
      continue;
    }
    trees.set(oid, tree);
    known.set(oid, tree);
    (inner === '' ? whole : partial).add(oid);
    bytes += output.meta.size ?? Number.POSITIVE_INFINITY;
    objects.add(oid);
    for (const entry of inside(tree, inner)) objects.add(entry.oid);
  }
  for (const oid of whole) partial.delete(oid);
  return { objects: objects.build(), trees: [...trees.values()], lost: [...lost], damaged, partial, bytes };
}

/** A damaged listing costs its own directory, not all others. */
function note(damaged: Map<Oid, Error>, oid: Oid): (error: unknown) => undefined {
  return (error) => {
    if (!hasCode(error, 'CORRUPT')) throw error;
    damaged.set(oid, error);
  };
}

/** Remembers `selected` as whole in `db`, where every one of `wanted.objects` was found and each size that is known compared; of trees only those that were asked for as a whole. */
export function noteWhole(db: ObjectDb, selected: readonly Selected[], { objects, trees, partial }: Wanted): void {
  const read = new Set(trees.map(({ oid }) => oid));
  const isWhole = (oid: Oid): boolean => (isTreeOid(oid) ? read.has(oid) && !partial.has(oid) : objects.has(oid));
  db.whole?.add(selected.flatMap(({ output: { hash } }) => (hash?.name === db.hashName && isWhole(hash.value) ? [hash.value] : [])));
  db.whole?.save();
}

/** The entries of a tree at or below `inner`; all of them for ''. */
export function inside(tree: Pick<Tree, 'entries'>, inner: string): TreeEntries {
  return inner === '' ? tree.entries : filterEntries(tree.entries, ({ relpath }) => relpath === inner || relpath.startsWith(`${inner}/`));
}

/** The hash names that occur in `selected`. */
export function hashNamesOf(selected: readonly Selected[]): readonly HashName[] {
  return [...new Set(selected.flatMap(({ output }) => (output.hash ? [output.hash.name] : [])))];
}

/** For people: which tracked file each of `oids` is, the first of several. Looked up only when something is wrong. */
export function nameOids(oids: ReadonlySet<Oid>, selected: readonly Selected[], trees: readonly Tree[]): ReadonlyMap<Oid, string> {
  const byOid = new Map(trees.map((tree) => [tree.oid, tree]));
  const names = new Map<Oid, string>();
  const note = (oid: Oid, path: string): void => {
    if (oids.has(oid) && !names.has(oid)) names.set(oid, path);
  };
  for (const { output, inner } of selected) {
    if (!output.hash) continue;
    note(output.hash.value, output.path);
    const tree = byOid.get(output.hash.value);
    if (tree) for (const entry of inside(tree, inner)) note(entry.oid, `${output.path}/${entry.relpath}`);
  }
  return names;
}
