import type { Storage } from '../storage/storage.ts';
import type { HashName } from './hash-info.ts';
import type { ObjectDb } from './object-db.ts';

/** Where loose objects lie. */
export interface LoosePlace { readonly storage: Storage; readonly name: HashName }

/** Kept beside the object databases and not in them, as the quick verbs are beside the drivers: who wraps one does not pass on a way round it. */
const places = new WeakMap<ObjectDb, LoosePlace>();

export function withLoosePlace<O extends ObjectDb>(objects: O, place: LoosePlace): O {
  places.set(objects, place);
  return objects;
}

export function whereLoose(objects: ObjectDb): LoosePlace | undefined {
  return places.get(objects);
}
