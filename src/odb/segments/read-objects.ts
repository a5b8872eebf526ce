import { hasCode, TowlineError } from '../../errors.ts';
import { type PlannedRead, planReads } from '../../oci/segments/read-plan.ts';
import type { IndexRecord } from '../../oci/segments/segment-index.ts';
import type { Descriptor, FetchOptions } from '../../storage/artifacts.ts';
import type { CallOptions } from '../../storage/call.ts';
import { concurrently } from '../../storage/concurrently.ts';
import { bodyOf } from '../../storage/content.ts';
import type { Content } from '../../storage/driver.ts';
import { fromBytes, type Source, withStart } from '../../storage/source.ts';
import type { Oid } from '../hash-info.ts';
import type { StoredObject } from '../object-db.ts';
import type { OidSet } from '../oid-set.ts';
import { findIn, oidOf, type Segment } from './segment.ts';
import type { SegmentPlace } from './segment-place.ts';

/** An object of this size is read by itself, whatever it lies in. */
const LARGE = 4 * 1024 * 1024;
/** A larger stretch is passed on while it comes; of the smaller ones so many are fetched at once. */
const SMALL_STRETCH = 4 * 1024 * 1024;
const JOBS = 8;

/** A request, and the layer it goes to. */
interface Reading { readonly read: PlannedRead; readonly layer: Descriptor }

/** Objects out of packs, in few requests. Large ones, which are not opened yet, come last: no pack is then half read, and holds the place in the limit that they wait for. */
export async function* readObjects(place: SegmentPlace, wanted: OidSet, options: CallOptions = {}): AsyncGenerator<StoredObject> {
  const { readings, large, absent } = plan(await place.catalog.known(options), wanted);
  for (const oid of absent) yield failing(oid, new TowlineError('NOT_FOUND', `${oid} is not in ${place.artifacts.displayUrl}`));
  const small = readings.filter(({ read }) => read.end - read.start <= SMALL_STRETCH);
  for await (const objects of concurrently(small, { ...options, jobs: JOBS }, async (one, signal) => await collected(place, one, { signal }))) yield* objects;
  for (const one of readings) if (one.read.end - one.read.start > SMALL_STRETCH) yield* stretch(place, one, options);
  for (const one of large) yield { oid: one.oid, source: largeSource(place, one) };
}

interface Large { readonly oid: Oid; readonly layer: Descriptor; readonly record: IndexRecord }
interface Plan { readonly readings: readonly Reading[]; readonly large: readonly Large[]; readonly absent: readonly Oid[] }

function plan(segments: readonly Segment[], wanted: OidSet): Plan {
  const bySegment = new Map<Segment, IndexRecord[]>();
  const large: Large[] = [];
  const absent: Oid[] = [];
  for (const oid of wanted.oids()) {
    const found = locate(segments, oid, wanted.sizeOf(oid));
    const layer = found?.segment.manifest.layers[found.record.layer];
    if (found === undefined || layer === undefined) {
      absent.push(oid);
      continue;
    }
    const { segment, record } = found;
    if (record.length >= LARGE) large.push({ oid, layer, record });
    else {
      const records = bySegment.get(segment);
      if (records) records.push(record);
      else bySegment.set(segment, [record]);
    }
  }
  return { large, absent, readings: [...bySegment].flatMap(([segment, records]) => readingsIn(segment, records)) };
}

function locate(segments: readonly Segment[], oid: Oid, size: number | undefined): { readonly segment: Segment; readonly record: IndexRecord } | undefined {
  for (const segment of segments) {
    const record = findIn(segment, oid, size);
    if (record) return { segment, record };
  }
  return undefined;
}

function readingsIn({ manifest: { layers } }: Segment, records: readonly IndexRecord[]): readonly Reading[] {
  return planReads(records, { sizeOf: (layer) => layers[layer]?.size ?? 0 }).flatMap((read) => {
    const layer = layers[read.layer];
    return layer ? [{ read, layer }] : [];
  });
}

/** A large object as a source that can be read in parts. */
function largeSource({ artifacts }: SegmentPlace, { layer, record: { offset, length } }: Large): Source {
  const isWhole = offset === 0 && length === layer.size;
  const read = async ({ start = 0, end = length, ...options }: FetchOptions): Promise<Content> => {
    const isAll = isWhole && start === 0 && end >= length;
    return await artifacts.fetch(layer, { ...options, ...(!isAll && { start: offset + start, end: offset + Math.min(end, length) }) });
  };
  return withStart({
    size: length,
    ...(isWhole && { origin: artifacts.origin(layer) }),
    async *open(options = {}) { yield* bodyOf(await read(options)); },
  }, read);
}

async function collected(place: SegmentPlace, reading: Reading, options: CallOptions): Promise<readonly StoredObject[]> {
  const objects: StoredObject[] = [];
  for await (const object of stretch(place, reading, options)) objects.push(object);
  return objects;
}

/** The objects of one request, cut out of its bytes as they come. Where it fails, each object not yet given fails by itself. */
async function* stretch(place: SegmentPlace, reading: Reading, options: CallOptions): AsyncGenerator<StoredObject> {
  let given = 0;
  const { objects } = reading.read;
  const fail = (error: Error): readonly StoredObject[] => objects.slice(given).map((record) => failing(oidOf(record), error));
  try {
    for await (const bytes of cut(place, reading, options)) {
      const record = objects[given++];
      if (record) yield { oid: oidOf(record), source: fromBytes(bytes) };
    }
  } catch (error) {
    if (hasCode(error, 'ABORTED') || !(error instanceof Error)) throw error;
    yield* fail(error);
    return;
  }
  yield* fail(new TowlineError('CORRUPT', `${reading.layer.digest} of ${place.artifacts.displayUrl} ended too early`));
}

async function* cut({ artifacts }: SegmentPlace, { read: { start, end, isWhole, objects }, layer }: Reading, options: CallOptions): AsyncGenerator<Uint8Array> {
  if (start === end) return yield* objects.map(() => new Uint8Array());
  const content = await artifacts.fetch(layer, { ...options, ...(!isWhole && { start, end }) });
  const scissors = createScissors(objects, start);
  for await (const chunk of bodyOf(content)) yield* scissors.take(chunk);
  yield* scissors.rest();
}

interface Scissors {
  /** The objects that are whole with this chunk. */
  take(chunk: Uint8Array): Iterable<Uint8Array>;
  /** Empty objects at the very end. */
  rest(): Iterable<Uint8Array>;
}

/** Objects may share bytes where somebody else wrote the index, so each is filled by itself. */
function createScissors(objects: readonly IndexRecord[], start: number): Scissors {
  const open: { readonly record: IndexRecord; readonly bytes: Uint8Array; filled: number }[] = [];
  let position = start;
  let next = 0;
  const finished = function* (): Generator<Uint8Array> {
    for (let first = open[0]; first && first.filled === first.record.length; first = open[0]) {
      open.shift();
      yield first.bytes;
    }
  };
  const begin = (until: number): void => {
    for (let record = objects[next]; record && (record.offset < until || (record.length === 0 && record.offset <= until)); record = objects[++next]) {
      open.push({ record, bytes: new Uint8Array(record.length), filled: 0 });
    }
  };
  return {
    *take(chunk) {
      const until = position + chunk.byteLength;
      begin(until);
      for (const one of open) {
        const from = Math.max(0, one.record.offset + one.filled - position);
        if (from >= chunk.byteLength) continue;
        const piece = chunk.subarray(from, from + one.record.length - one.filled);
        one.bytes.set(piece, one.filled);
        one.filled += piece.byteLength;
      }
      position = until;
      yield* finished();
    },
    *rest() {
      begin(position);
      yield* finished();
    },
  };
}

function failing(oid: Oid, error: Error): StoredObject {
  return { oid, source: { size: undefined, open: () => rejecting(error) } };
}

// oxlint-disable-next-line require-yield -- there is nothing to give
async function* rejecting(error: Error): AsyncGenerator<Uint8Array> {
  throw error;
}
