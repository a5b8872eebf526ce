import { isTreeOid } from '../../odb/hash-info.ts';
import { createTree, type Tree } from '../../odb/tree.ts';
import type { Content } from '../stage.ts';

/** The listing of a directory whose entry names its files: it lies in the repository itself. */
export function listingOf({ files, hash }: Pick<Content, 'files' | 'hash'>): Tree | undefined {
  if (files === undefined || hash === undefined || !isTreeOid(hash.value)) return undefined;
  const entries = files.flatMap(({ relpath, hash: own }) => (own === undefined ? [] : [{ relpath, oid: own.value }]));
  return entries.length === files.length ? createTree(entries) : undefined;
}
