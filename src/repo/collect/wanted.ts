import type { HashName, Oid } from '../../odb/hash-info.ts';
import { isTreeOid } from '../../odb/hash-info.ts';
import { loadTree } from '../../odb/load-tree.ts';
import type { ObjectDb } from '../../odb/object-db.ts';
import { createOidSetBuilder, type OidSet } from '../../odb/oid-set.ts';
import type { Tree, TreeEntry } from '../../odb/tree.ts';
import type { CallOptions } from '../../storage/call.ts';
import type { Selected } from './targets.ts';

/** The objects that outputs are made of. */
export interface Wanted {
  /** Every file, with its size where a `.dvc` file tells it. */
  readonly files: OidSet;
  readonly trees: readonly Tree[];
  /** Trees that are nowhere: what they list cannot be known. */
  readonly lost: readonly Oid[];
  /** Trees of which only a part was asked for. */
  readonly partial: ReadonlySet<Oid>;
  /** Bytes of all of it, where known. */
  readonly bytes: number;
}

/** Lists the objects of `selected`, reading trees from the first of `places` that has them; those in `trees` are known already. */
export async function listWanted(selected: readonly Selected[], name: HashName, options: CallOptions & { readonly places: readonly ObjectDb[]; readonly trees?: Map<Oid, Tree> }): Promise<Wanted> {
  const { places, trees: known = new Map<Oid, Tree>(), ...call } = options;
  const files = createOidSetBuilder();
  const trees = new Map<Oid, Tree>();
  const lost = new Set<Oid>();
  const whole = new Set<Oid>();
  const partial = new Set<Oid>();
  let bytes = 0;
  for (const { output, inner } of selected) {
    const oid = output.hash?.name === name ? output.hash.value : undefined;
    if (oid === undefined) continue;
    if (!isTreeOid(oid)) {
      files.add(oid, output.meta.size);
      bytes += output.meta.size ?? 0;
      continue;
    }
    const tree = known.get(oid) ?? (await loadTree(oid, places, call));
    if (!tree) {
      lost.add(oid);
      continue;
    }
    trees.set(oid, tree);
    known.set(oid, tree);
    (inner === '' ? whole : partial).add(oid);
    if (inner === '') bytes += output.meta.size ?? 0;
    for (const entry of inside(tree, inner)) files.add(entry.oid);
  }
  for (const oid of whole) partial.delete(oid);
  return { files: files.build(), trees: [...trees.values()], lost: [...lost], partial, bytes };
}

/** The entries of a tree at or below `inner`; all of them for ''. */
export function inside(tree: Tree, inner: string): readonly TreeEntry[] {
  return inner === '' ? tree.entries : tree.entries.filter(({ relpath }) => relpath === inner || relpath.startsWith(`${inner}/`));
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
