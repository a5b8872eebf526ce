import { compareCodePoints, createNamesBuilder, type Names } from '../disk/names.ts';
import type { Oid } from './hash-info.ts';
import { createOidColumnBuilder, type OidColumn } from './oid-column.ts';

/** One file of a tracked directory. */
export interface TreeEntry {
  /** '/'-separated, relative to the tracked directory. */
  readonly relpath: string;
  readonly oid: Oid;
}

/** The files of a directory: an array, or what makes each entry when it is its turn, since those of a million files are 200 MB. */
export interface TreeEntries extends Iterable<TreeEntry> {
  readonly length: number;
  at(row: number): TreeEntry | undefined;
}

/** Entries in 33 bytes each and what their names are longer than 17 characters. */
export interface PackedEntries extends TreeEntries {
  readonly names: Names;
  readonly oids: OidColumn;
}

/** The entries that two columns make. */
export function entriesOf(names: Names, oids: OidColumn): PackedEntries {
  return {
    names,
    oids,
    length: names.length,
    at(row) {
      const relpath = names.at(row);
      return relpath === undefined ? undefined : { relpath, oid: oids.at(row) };
    },
    *[Symbol.iterator]() {
      const values = oids[Symbol.iterator]();
      for (const relpath of names) yield { relpath, oid: values.next().value as Oid };
    },
  };
}

/** Gathers entries one by one. */
export interface EntriesBuilder {
  add(relpath: string, oid: Oid): void;
  /** Adds the one whose oid stands in `text` from `at` on. */
  addText(relpath: string, text: Uint8Array, at: number): void;
  build(): PackedEntries;
}

export function createEntriesBuilder(): EntriesBuilder {
  const names = createNamesBuilder();
  const oids = createOidColumnBuilder();
  return {
    add(relpath, oid) {
      names.add(relpath);
      oids.add(oid);
    },
    addText(relpath, text, at) {
      names.add(relpath);
      oids.addText(text, at);
    },
    build: () => entriesOf(names.build(), oids.build()),
  };
}

/** The same entries packed; those that are keep as they are. */
export function packEntries(entries: TreeEntries): PackedEntries {
  if ('names' in entries) return entries as PackedEntries;
  const builder = createEntriesBuilder();
  for (const { relpath, oid } of entries) builder.add(relpath, oid);
  return builder.build();
}

/** A file as either side has it; undefined where a side has none of that name. */
export interface EntryPair {
  readonly relpath: string;
  readonly before: Oid | undefined;
  readonly after: Oid | undefined;
}

/** Walks two directories beside each other, both in the order of their names: neither needs a map of them. */
export function* pairEntries(before: Iterable<TreeEntry>, after: Iterable<TreeEntry>): Iterable<EntryPair> {
  const [left, right] = [before[Symbol.iterator](), after[Symbol.iterator]()];
  for (let [one, other] = [left.next(), right.next()]; one.done !== true || other.done !== true; ) {
    const order = one.done === true ? 1 : other.done === true ? -1 : compareCodePoints(one.value.relpath, other.value.relpath);
    const [old, now] = [order > 0 || one.done === true ? undefined : one.value, order < 0 || other.done === true ? undefined : other.value];
    yield { relpath: (old ?? now)?.relpath ?? '', before: old?.oid, after: now?.oid };
    if (order <= 0) one = left.next();
    if (order >= 0) other = right.next();
  }
}

/** Their oids alone, in the same order. */
export function* oidsOf(entries: Iterable<TreeEntry>): Iterable<Oid> {
  for (const { oid } of entries) yield oid;
}

/** The entries that `keep` says yes to. */
export function filterEntries(entries: TreeEntries, keep: (entry: TreeEntry) => boolean): TreeEntries {
  const builder = createEntriesBuilder();
  for (const entry of entries) if (keep(entry)) builder.add(entry.relpath, entry.oid);
  return builder.build();
}
