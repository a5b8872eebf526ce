import { abortedError, type CallOptions, throwIfAborted } from '../storage/call.ts';
import type { Path } from '../storage/path.ts';
import { quickOf } from '../storage/quick.ts';
import { createPace } from '../storage/transfer/pace.ts';
import { hasDigest } from '../storage/verified.ts';
import type { HashName, Oid } from './hash-info.ts';
import { objectPath } from './layout.ts';
import { whereLoose } from './loose-place.ts';
import type { ObjectDb, StoreResult } from './object-db.ts';
import { filterOids, type OidSet } from './oid-set.ts';

/** Larger ones are streamed. */
const SMALL = 64 * 1024;

/** What can be moved by `moveSmall`, and what is left to the plain way: all of it where one side cannot do it. */
export function divideBySize(source: ObjectDb, target: ObjectDb, wanted: OidSet): { readonly small: OidSet; readonly others: OidSet } {
  const nobody = filterOids(wanted, () => false);
  if (ways(source, target) === undefined) return { small: nobody, others: wanted };
  const small = filterOids(wanted, (oid) => (wanted.sizeOf(oid) ?? 0) <= SMALL);
  return { small, others: wanted.minus(small) };
}

interface Ways {
  readonly readMany: NonNullable<ReturnType<typeof quickOf>['readMany']>;
  readonly writeNow: NonNullable<ReturnType<typeof quickOf>['writeNow']>;
  readonly name: HashName;
  readonly most: number;
}

function ways(source: ObjectDb, target: ObjectDb): Ways | undefined {
  const [from, to] = [whereLoose(source), whereLoose(target)];
  if (from === undefined || to === undefined || from.name !== to.name) return undefined;
  const { readMany } = quickOf(from.storage.driver);
  const { writeNow } = quickOf(to.storage.driver);
  return readMany && writeNow && { readMany, writeNow, name: from.name, most: Math.min(from.storage.driver.traits.concurrency, to.storage.driver.traits.concurrency) };
}

export interface MoveSmallOptions extends CallOptions {
  take(result: StoreResult): void;
  onBytes?(oid: Oid, bytes: number): void;
}

/**
 * Moves small objects by the quick verbs, one answer calling for the next request: read, checked, stored, and nothing else, without a promise for each. Resolves with those it has not moved,
 * for whatever reason: the plain way moves them, or says why it cannot. Throws ABORTED when the signal fires.
 */
export async function moveSmall(source: ObjectDb, target: ObjectDb, wanted: OidSet, { signal, take, onBytes }: MoveSmallOptions): Promise<OidSet> {
  const found = ways(source, target);
  if (found === undefined || wanted.count === 0) return wanted;
  const { readMany, writeNow, name, most } = found;
  const pace = createPace({ most });
  const moved = wanted.part();
  const oids = wanted.oids()[Symbol.iterator]();
  let next = 0;
  throwIfAborted(signal);
  await readMany<Wanted>({
    ...(signal && { signal }),
    room: pace.room,
    next() {
      const { done, value } = oids.next();
      if (done === true) return undefined;
      const place = next++;
      return { oid: value, place, path: objectPath(name, value), size: wanted.sizeAt(place) };
    },
    take({ oid, place, path, size }, bytes) {
      pace.done();
      if (bytes === undefined || (size !== undefined && size !== bytes.byteLength) || !hasDigest(bytes, { name, value: oid.slice(0, 32) }) || !writeNow(path, bytes)) return;
      moved.mark(place);
      onBytes?.(oid, bytes.byteLength);
      take({ oid, how: 'streamed', bytes: bytes.byteLength });
    },
  });
  if (signal?.aborted === true) throw abortedError(signal);
  return wanted.minus(moved.build());
}

interface Wanted { readonly oid: Oid; readonly place: number; readonly path: Path; readonly size: number | undefined }
