import { type CallOptions, throwIfAborted } from '../storage/call.ts';
import type { Path } from '../storage/path.ts';
import { quickOf } from '../storage/quick.ts';
import { createPace } from '../storage/transfer/pace.ts';
import { hasDigest } from '../storage/verified.ts';
import type { HashName, Oid } from './hash-info.ts';
import { objectPath } from './layout.ts';
import { whereLoose } from './loose-place.ts';
import type { ObjectDb, StoreResult } from './object-db.ts';
import type { OidSet } from './oid-set.ts';

/** Larger ones are streamed. */
const SMALL = 64 * 1024;

export interface MoveSmallOptions extends CallOptions {
  take(result: StoreResult): void;
  onBytes?(oid: Oid, bytes: number): void;
}
/** Moves small objects by the quick verbs, one answer calling for the next request: read, checked, stored, and nothing else, without a promise for each. */
export interface SmallMover {
  isSmall(size: number | undefined): boolean;
  /** Resolves with those it has not moved, for whatever reason: the plain way moves them, or says why it cannot. Throws ABORTED when the signal fires. */
  move(wanted: OidSet, options: MoveSmallOptions): Promise<OidSet>;
}

/** Undefined where one of the two sides has no such verb. */
export function smallMover(source: ObjectDb, target: ObjectDb): SmallMover | undefined {
  const [from, to] = [whereLoose(source), whereLoose(target)];
  if (from === undefined || to === undefined || from.name !== to.name) return undefined;
  const { readMany } = quickOf(from.storage.driver);
  const { writeNow } = quickOf(to.storage.driver);
  if (readMany === undefined || writeNow === undefined) return undefined;
  const { name } = from;
  const most = Math.min(from.storage.driver.traits.concurrency, to.storage.driver.traits.concurrency);
  return {
    isSmall: (size = 0) => size <= SMALL,
    async move(wanted, { signal, take, onBytes }) {
      throwIfAborted(signal);
      const pace = createPace({ most });
      const moved = wanted.part();
      const isRight = ({ oid, size }: Wanted, bytes: Uint8Array): boolean => (size === undefined || size === bytes.byteLength) && hasDigest(bytes, { name, value: oid.slice(0, 32) });
      const waiting = wantedIn(wanted, name);
      await readMany<Wanted>({
        room: pace.room,
        next: () => waiting.next().value,
        take(one, bytes) {
          pace.done();
          if (bytes === undefined || !isRight(one, bytes) || !writeNow(one.path, bytes)) return;
          onBytes?.(one.oid, bytes.byteLength);
          take({ oid: one.oid, how: 'streamed', bytes: bytes.byteLength });
          // Last: what its caller could not be told of comes again by the plain way, which says why.
          moved.mark(one.place);
        },
        ...(signal && { signal }),
      });
      throwIfAborted(signal);
      return wanted.minus(moved.build());
    },
  };
}

interface Wanted {
  readonly oid: Oid;
  readonly path: Path;
  readonly size: number | undefined;
  readonly place: number;
}

function* wantedIn(set: OidSet, name: HashName): Generator<Wanted, undefined> {
  let place = 0;
  for (const oid of set.oids()) {
    yield { oid, path: objectPath(name, oid), size: set.sizeAt(place), place };
    place += 1;
  }
  return undefined;
}
