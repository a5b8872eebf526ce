import { createBatchHasher } from '../disk/batch-hasher.ts';
import { type CallOptions, throwIfAborted } from '../storage/call.ts';
import type { Path } from '../storage/path.ts';
import { type Quick, type QuickMany, quickOf } from '../storage/quick.ts';
import { createPace } from '../storage/transfer/pace.ts';
import { hasDigest } from '../storage/verified.ts';
import type { HashName, Oid } from './hash-info.ts';
import { objectPath } from './layout.ts';
import { whereLoose } from './loose-place.ts';
import type { ObjectDb, StoreResult } from './object-db.ts';
import type { OidSet } from './oid-set.ts';

/** Larger ones are streamed. */
const SMALL = { down: 1024 * 1024 - 1, up: 64 * 1024 };
/** Of all that are asked for at once. */
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
  const largest = down ? SMALL.down : SMALL.up;
  const most = Math.min(from.storage.driver.traits.concurrency, to.storage.driver.traits.concurrency);
  return {
    takes: (size = 0) => size <= largest,
    async move(wanted, { signal, take, onBytes }) {
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
          usual += (bytes - usual) / 8;
          onBytes?.(bytes);
          take({ oid: one.oid, how: 'streamed', bytes });
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

interface Sides {
  readonly name: HashName;
  readonly from: Quick;
  readonly to: Quick;
  /** The target refuses bytes that have another digest. */
  readonly isCheckedThere: boolean;
}
/** Moves what there is, and tells of each how many bytes have arrived. */
type Carry = (wanted: QuickMany<Wanted, number | undefined>) => Promise<void>;

/** From a service to a place that stores without a wait. They are hashed together, when some have come. */
function downWith({ name, from: { readMany }, to: { writer: openWriter } }: Sides): Carry | undefined {
  if (readMany === undefined || openWriter === undefined) return undefined;
  return async (wanted) => {
    const writer = openWriter();
    const hasher = createBatchHasher({ room: { most: SMALL.down, bytes: 4 * 1024 * 1024 } });
    let held: { readonly one: Wanted; readonly bytes: Uint8Array; readonly taken: number }[] = [];
    const store = (one: Wanted, bytes: Uint8Array, isRight: boolean): void => {
      const { byteLength } = bytes;
      if (isRight) writer.write(one.path, bytes, (isStored) => { wanted.take(one, isStored ? byteLength : undefined); });
      else wanted.take(one, undefined);
    };
    const storeHeld = (): void => {
      hasher.settle();
      for (const { one, bytes, taken } of held) store(one, bytes, hasher.digestOf(taken) === expected(name, one).value);
      held = [];
      hasher.clear();
    };
    const hold = (one: Wanted, given: Uint8Array): void => {
      const bytes = hasher.bytes(given.byteLength);
      bytes.set(given);
      held.push({ one, bytes, taken: hasher.take(bytes.byteLength) });
      if (!hasher.waits || hasher.isFull) storeHeld();
    };
    try {
      await readMany<Wanted>({ ...wanted, take(one, bytes) {
        if (bytes === undefined || !isWhole(one, bytes)) wanted.take(one, undefined);
        else if (name === 'md5' && bytes.byteLength <= hasher.most) hold(one, bytes);
        else store(one, bytes, hasDigest(bytes, expected(name, one)));
      } });
      if (wanted.signal?.aborted !== true) storeHeld();
    } finally {
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
      const memory = free.pop() ?? Buffer.allocUnsafeSlow(SMALL.up + 1);
      const count = readNow(one.path, memory);
      const bytes = memory.subarray(0, count);
      const isRight = count !== undefined && isWhole(one, bytes) && (isCheckedThere || hasDigest(bytes, expected(name, one)));
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

const isWhole = ({ size }: Wanted, bytes: Uint8Array): boolean => size === undefined || size === bytes.byteLength;
const expected = (name: HashName, { oid }: Wanted): { readonly name: HashName; readonly value: string } => ({ name, value: oid.slice(0, 32) });
