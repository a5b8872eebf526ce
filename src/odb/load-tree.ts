import { hasCode, TowlineError } from '../errors.ts';
import type { CallOptions } from '../storage/call.ts';
import type { Oid } from './hash-info.ts';
import type { ObjectDb } from './object-db.ts';
import { oidSet } from './oid-set.ts';
import { parseTree, type Tree, treeOid } from './tree.ts';

/** A listing of a hundred million files would be 8 GB: what is larger than this is no listing. */
const LARGEST_TREE = 2 ** 30;

/** Reads a tree from the first of `places` that has it whole; undefined when none has. A damaged one is passed over, and thrown when there is no other. */
export async function loadTree(oid: Oid, places: readonly ObjectDb[], options: CallOptions = {}): Promise<Tree | undefined> {
  let damage: unknown;
  for (const place of places) {
    try {
      const bytes = await readTree(oid, place, options);
      if (bytes) return { oid, entries: parseTree(bytes, `'${oid}' in ${place.displayUrl}`) };
    } catch (error) {
      if (!hasCode(error, 'CORRUPT')) throw error;
      damage = error;
    }
  }
  if (damage !== undefined) throw damage;
  return undefined;
}

async function readTree(oid: Oid, place: ObjectDb, options: CallOptions): Promise<Uint8Array | undefined> {
  for await (const { source } of place.read(oidSet([oid]), options)) {
    const bytes = await gather(source.open(options)).catch((error: unknown) => {
      if (hasCode(error, 'NOT_FOUND')) return undefined;
      throw error;
    });
    if (bytes && treeOid(bytes) !== oid) {
      throw new TowlineError('CORRUPT', `'${oid}' in ${place.displayUrl} is damaged: its bytes have another md5`, { hint: 'Nothing was taken from it. Push the directory again from where it was made.' });
    }
    return bytes;
  }
  return undefined;
}

async function gather(body: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.byteLength;
    if (size > LARGEST_TREE) throw new TowlineError('CORRUPT', 'the listing of a directory is larger than 1 GiB');
    chunks.push(Buffer.from(chunk));
  }
  return Buffer.concat(chunks);
}
