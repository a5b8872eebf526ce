import { hasCode } from '../../errors.ts';
import type { ObjectDb } from '../../odb/object-db.ts';
import type { OidSet } from '../../odb/oid-set.ts';
import type { CallOptions } from '../../storage/call.ts';
import type { JobOptions } from '../../storage/storage.ts';
import type { Fault } from '../fault.ts';
import { findUnused, sweep } from './sweep.ts';
import type { Sweepable, Swept } from './swept.ts';

interface Place extends Pick<Swept, 'place' | 'name' | 'folder'> { readonly db: ObjectDb; readonly graceSeconds: number }

/** Objects that are not in use, in the cache or on a remote. */
export async function unusedObjects(place: Place, inUse: OidSet, call: JobOptions): Promise<Sweepable> {
  const unused = await findUnused(place.db, inUse, { ...call, atRestFor: place.graceSeconds * 1000 });
  return {
    found: sweptOf(place, unused, []),
    sweep: async (options) => ({ ...sweptOf(place, unused, await sweep(place.db, unused, options)), ...(await tidied(place, options)) }),
  };
}

/** Where nothing can be deleted nothing is brought together either, and nothing is lost by that. */
async function tidied({ db, place, graceSeconds }: Place, call: CallOptions): Promise<Pick<Swept, 'tidied'>> {
  if (place !== 'remote' || db.tidy === undefined) return {};
  try {
    const found = await db.tidy({ ...call, atRestFor: graceSeconds * 1000 });
    return found.before === found.after ? {} : { tidied: found };
  } catch (error) {
    if (hasCode(error, 'UNSUPPORTED')) return {};
    throw error;
  }
}

function sweptOf({ db, place, name, folder }: Place, unused: OidSet, failed: readonly Fault[]): Swept {
  const gone = new Set(failed.map(({ oid }) => oid));
  const objects = [...unused.oids()].filter((oid) => !gone.has(oid));
  const bytes = objects.reduce((sum, oid) => sum + (unused.sizeOf(oid) ?? 0), 0);
  return { place, name, hash: db.hashName, ...(folder !== undefined && { folder }), count: objects.length, bytes, objects, failed };
}
