import { createHasher } from '../disk/hasher.ts';
import { TowlineError } from '../errors.ts';
import { concurrently } from '../storage/concurrently.ts';
import type { JobOptions } from '../storage/storage.ts';
import type { Oid } from './hash-info.ts';
import type { ObjectDb, StoredObject } from './object-db.ts';
import type { OidSet } from './oid-set.ts';

/** What was found of one object. 'damaged': its bytes have another hash; 'unreadable': they could not be had; 'absent': it is not there. */
export interface CheckedObject {
  readonly oid: Oid;
  readonly bytes: number;
  readonly problem?: { readonly kind: 'damaged' | 'unreadable' | 'absent'; readonly reason: string };
}

const JOBS = 8;

/** Reads objects and compares their hashes with their names, in any order. What fails for all of them, such as a server that is gone, ends it. */
export function checkObjects(db: ObjectDb, wanted: OidSet, { jobs = JOBS, ...call }: JobOptions & { readonly onBytes?: (bytes: number) => void } = {}): AsyncIterable<CheckedObject> {
  const { onBytes, ...options } = call;
  return concurrently(db.read(wanted, options), { ...options, jobs }, async (object, signal) => await check(db, object, { signal, ...(onBytes && { onBytes }) }));
}

async function check({ hashName }: ObjectDb, { oid, source }: StoredObject, { signal, onBytes }: { readonly signal: AbortSignal; readonly onBytes?: (bytes: number) => void }): Promise<CheckedObject> {
  const hasher = createHasher(hashName);
  let bytes = 0;
  try {
    for await (const chunk of source.open({ signal })) {
      hasher.update(chunk);
      bytes += chunk.byteLength;
      onBytes?.(chunk.byteLength);
    }
  } catch (error) {
    if (!(error instanceof TowlineError) || error.retryable || error.code === 'ABORTED') throw error;
    return { oid, bytes, problem: { kind: error.code === 'NOT_FOUND' ? 'absent' : error.code === 'CORRUPT' ? 'damaged' : 'unreadable', reason: error.message } };
  }
  const found = hasher.digest();
  return found === oid.slice(0, 32) ? { oid, bytes } : { oid, bytes, problem: { kind: 'damaged', reason: `its bytes have ${hashName} ${found}` } };
}
