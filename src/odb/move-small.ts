import type { Landing } from '../http/transport.ts';
import { type CallOptions, throwIfAborted } from '../storage/call.ts';
import type { Path } from '../storage/path.ts';
import { type Quick, type QuickMany, quickOf } from '../storage/quick.ts';
import { createPace } from '../storage/transfer/pace.ts';
import { hasDigest } from '../storage/verified.ts';
import { type Arrived, createArrivals, PLACE } from './arrivals.ts';
import type { HashName, Oid } from './hash-info.ts';
import { objectPath } from './layout.ts';
import { whereLoose } from './loose-place.ts';
import type { ObjectDb, StoreResult } from './object-db.ts';
import type { OidSet } from './oid-set.ts';

/** Larger ones are streamed; downwards those that go in parts, or where a body has no place to land. */
const LARGEST = { landing: 64 * 1024 * 1024, down: 1024 * 1024 - 1, up: 256 * 1024 };
/** Of all that are asked for at once, as far as they are held. */
const BYTES = 32 * 1024 * 1024;

export interface MoveQuicklyOptions extends CallOptions {
  take(result: StoreResult): void;
  onBytes?(bytes: number): void;
}
/** Moves objects by quick verbs of both sides. */
export interface QuickMover {
  /** Whether it is for objects of this size. */
  takes(size: number | undefined): boolean;
  /** Resolves with those it has not moved, for whatever reason: the plain way moves them, or says why it cannot. Throws ABORTED when the signal fires. */
  move(wanted: OidSet, options: MoveQuicklyOptions): Promise<OidSet>;
}

/** Small objects, one answer calling for the next request: read, checked, stored, and nothing else, without a promise for each. Undefined where the two sides have no such verbs. */
export function smallMover(source: ObjectDb, target: ObjectDb): QuickMover | undefined {
  const [from, to] = [whereLoose(source), whereLoose(target)];
  if (from === undefined || to === undefined || from.name !== to.name) return undefined;
  const sides: Sides = { name: from.name, from: quickOf(from.storage.driver), to: quickOf(to.storage.driver), isCheckedThere: to.storage.driver.traits.checks?.some((name) => name === from.name) === true };
  const down = downWith(sides);
  const carry = down ?? upWith(sides);
  if (carry === undefined) return undefined;
  const largest = down === undefined ? LARGEST.up : from.name === 'md5' ? LARGEST.landing : LARGEST.down;
  const most = Math.min(from.storage.driver.traits.concurrency, to.storage.driver.traits.concurrency);
  return {
    takes: (size = 0) => size <= largest,
    async move(wanted, { signal, take, onBytes = () => undefined }) {
      throwIfAborted(signal);
      const pace = createPace({ most });
      const moved = wanted.part();
      const waiting = wantedIn(wanted, from.name);
      let usual = 1;
      await carry({
        room: () => Math.min(pace.room(), Math.ceil(BYTES / usual)),
        next: () => waiting.next().value,
        take(one, bytes) {
          pace.done();
          if (bytes === undefined) return;
          usual += (Math.min(bytes, PLACE) - usual) / 8;
          onBytes(bytes);
          take({ oid: one.oid, how: 'streamed', bytes });
          // Last: what its caller could not be told of comes again by the plain way, which says why.
          moved.mark(one.place);
        },
        onBytes,
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

/** Large ones first, one behind the other, so that they are hashed beside each other; while the small ones come they are saved. */
function* wantedIn(set: OidSet, name: HashName): Generator<Wanted, undefined> {
  for (const isLarge of [true, false]) {
    let place = -1;
    for (const oid of set.oids()) {
      place += 1;
      const size = set.sizeAt(place);
      if ((size ?? 0) >= PLACE === isLarge) yield { oid, path: objectPath(name, oid), size, place };
    }
  }
  return undefined;
}

interface Sides {
  readonly name: HashName;
  readonly from: Quick;
  readonly to: Quick;
  /** The target refuses bytes that have another digest. */
  readonly isCheckedThere: boolean;
}
/** Moves what there is, and tells of each how many bytes have arrived. */
type Carry = (wanted: Carrying) => Promise<void>;
interface Carrying extends QuickMany<Wanted, number | undefined> {
  /** What has come of objects that are not told of yet; less than nothing takes it back. */
  onBytes(bytes: number): void;
}

/** From a service to a place that stores without a wait. They are hashed together, when some have come. */
function downWith({ name, from: { readMany }, to: { writer: openWriter } }: Sides): Carry | undefined {
  if (readMany === undefined || openWriter === undefined) return undefined;
  return async (wanted) => {
    const writer = openWriter();
    const finish = ({ one, size, md5, bytes, pieces, told }: Arrived<Wanted>): void => {
      const tell = (isStored: boolean): void => {
        // In the end it is told of as a whole, like those that come in one read.
        wanted.onBytes(-told);
        wanted.take(one, isStored ? size : undefined);
      };
      if (md5 !== expected(name, one).value) {
        pieces?.drop();
        tell(false);
      } else if (pieces) {
        pieces.write(bytes);
        pieces.end(tell);
      } else writer.write(one.path, bytes, tell);
    };
    const arrivals = createArrivals<Wanted>({ bytes: BYTES, finish, begin: (one, size) => writer.begin?.(one.path, size), onBytes: wanted.onBytes });
    /** Bytes of those that are asked for, as far as they are held. */
    let coming = 0;
    const weightOf = ({ size = 0 }: Wanted): number => Math.min(size, 2 * PLACE);
    const take = (one: Wanted, body: Uint8Array | Landing | undefined): void => {
      coming -= weightOf(one);
      const size = body instanceof Uint8Array ? body.byteLength : one.size;
      if (body === undefined || !isWhole(one, size) || (body instanceof Uint8Array && body.byteLength > PLACE)) wanted.take(one, undefined);
      else if (name === 'md5') arrivals.take(one, body);
      else if (body instanceof Uint8Array) finish({ one, size: body.byteLength, md5: hasDigest(body, expected(name, one)) ? expected(name, one).value : '', bytes: body, told: 0 });
    };
    try {
      await readMany<Wanted>({
        ...wanted, take,
        land: (one, size) => (name === 'md5' && size <= LARGEST.landing && isWhole(one, size) ? arrivals.land(one, size) : undefined),
        room: () => (coming < BYTES ? wanted.room() : 0),
        next() {
          const one = wanted.next();
          if (one) coming += weightOf(one);
          return one;
        },
      });
      if (wanted.signal?.aborted !== true) arrivals.settle();
    } finally {
      arrivals.drop();
      await writer.end();
    }
  };
}

interface Loaded { readonly one: Wanted; readonly path: Path; readonly bytes: Uint8Array; readonly md5: string | undefined; readonly memory: Uint8Array }

/** From a place that is read at once to a service. Memory that has served serves again. */
function upWith({ name, from: { readNow }, to: { writeMany }, isCheckedThere }: Sides): Carry | undefined {
  if (readNow === undefined || writeMany === undefined) return undefined;
  return async (wanted) => {
    const free: Uint8Array[] = [];
    const load = (one: Wanted): Loaded | undefined => {
      const memory = free.pop() ?? Buffer.allocUnsafeSlow(LARGEST.up + 1);
      const count = readNow(one.path, memory);
      const bytes = memory.subarray(0, count);
      const isRight = count !== undefined && isWhole(one, count) && (isCheckedThere || hasDigest(bytes, expected(name, one)));
      if (isRight) return { one, path: one.path, bytes, md5: name === 'md5' ? expected(name, one).value : undefined, memory };
      free.push(memory);
      return undefined;
    };
    await writeMany<Loaded>({ ...wanted,
      next() {
        for (let one = wanted.next(); one; one = wanted.next()) {
          const loaded = load(one);
          if (loaded) return loaded;
          wanted.take(one, undefined);
        }
        return undefined;
      },
      take({ one, bytes, memory }, isStored) {
        free.push(memory);
        wanted.take(one, isStored ? bytes.byteLength : undefined);
      },
    });
  };
}

const isWhole = ({ size }: Wanted, bytes: number | undefined): boolean => size === undefined || size === bytes;
const expected = (name: HashName, { oid }: Wanted): { readonly name: HashName; readonly value: string } => ({ name, value: oid.slice(0, 32) });
