import type { ObjectName } from '../storage/driver.ts';
import type { JobOptions, Storage } from '../storage/storage.ts';
import { startOf, withStart } from '../storage/source.ts';
import type { Task, TransferOptions } from '../storage/transfer/task.ts';
import type { HashName, Oid } from './hash-info.ts';
import { objectFolder, objectOfPath, objectPath } from './layout.ts';
import { withLoosePlace } from './loose-place.ts';
import type { ListObjectsOptions, ObjectDb, StoredObject, StoreResult, WriteObjectsOptions } from './object-db.ts';
import { createOidSetBuilder, type OidSet } from './oid-set.ts';
import type { PageMemory } from './page-memory.ts';
import { clockOf } from './storage-clock.ts';

/** What is lent to every transfer of an odb: the journal, the clock, the budget. */
export type TransferDefaults = Omit<TransferOptions, 'signal' | 'onBytes'>;

export interface LooseOptions extends TransferDefaults {
  /** Of what the remote's listing was. */
  readonly pages?: PageMemory;
}

/** The plain kind: one path per object, as DVC lays them out. */
export function createLooseObjects(storage: Storage, name: HashName, { pages, ...defaults }: LooseOptions): ObjectDb {
  const objects: ObjectDb = {
    displayUrl: storage.driver.displayUrl,
    hashName: name,
    present: async (wanted, options) => (await import('./existence.ts')).findPresent(storage, name, { ...options, wanted, ...(pages && { pages }) }),
    read: (wanted) => readLoose(storage, name, wanted),
    write: (objects, options) => writeLoose({ storage, name, defaults }, objects, options),
    list: (options) => listLoose(storage, name, options),
    delete: (oids, options) => deleteLoose({ storage, name }, oids, options),
    ...(storage.driver.list && name === 'md5' && { attested: async (wanted: OidSet, options?: JobOptions) => await attestedLoose(storage, wanted, options) }),
  };
  return withLoosePlace(objects, { storage, name });
}

/** From here on an object is hashed beside others of its kind (`disk/stream-hasher.ts`). */
const LARGE = 1024 * 1024;

/** Large objects come first, one behind the other: scattered among small ones they would be hashed each by itself, and while the small ones come the disk saves them. */
async function* readLoose(storage: Storage, name: HashName, wanted: OidSet): AsyncIterable<StoredObject> {
  for (const isLarge of [true, false]) {
    let place = 0;
    for (const oid of wanted.oids()) {
      const size = wanted.sizeAt(place++);
      if ((size ?? 0) >= LARGE === isLarge) yield { oid, source: storage.source({ path: objectPath(name, oid), kind: 'file', ...(size !== undefined && { size }) }) };
    }
  }
}

interface Target {
  readonly storage: Storage;
  readonly name: HashName;
  readonly defaults: TransferDefaults;
}

interface ObjectTask extends Task {
  readonly oid: Oid;
}

async function* writeLoose({ storage, name, defaults }: Target, objects: AsyncIterable<StoredObject>, options: WriteObjectsOptions = {}): AsyncIterable<StoreResult> {
  const { onBytes, ...rest } = options;
  // Many commands look at a cache and move nothing.
  const { transfer } = await import('../storage/transfer/transfer.ts');
  const events = onBytes && { onBytes: (_task: ObjectTask, bytes: number): void => onBytes(bytes) };
  for await (const outcome of transfer(storage, tasksOf(name, objects), { ...defaults, ...rest, ...events, isBulk: true })) {
    const { task, how, bytes } = outcome;
    yield { oid: task.oid, how, bytes, ...(outcome.error && { error: outcome.error }) };
  }
}

async function* tasksOf(name: HashName, objects: AsyncIterable<StoredObject>): AsyncIterable<ObjectTask> {
  for await (const { oid, source } of objects) {
    const expected = { name, value: oid.slice(0, 32) };
    yield { oid, source: name === 'md5' ? withStart({ ...source, checksum: { name, value: expected.value } }, startOf(source)) : source, to: objectPath(name, oid), expected };
  }
}

async function* listLoose(storage: Storage, name: HashName, { atRestFor = 0, ...options }: ListObjectsOptions = {}): AsyncIterable<OidSet> {
  const latest = atRestFor > 0 ? (await clockOf(storage, options)) - atRestFor : Infinity;
  for await (const entries of storage.walk(objectFolder(name), options)) {
    const builder = createOidSetBuilder();
    for (const entry of entries) {
      const oid = objectOfPath(name, entry.path);
      if (oid !== undefined && (atRestFor <= 0 || (entry.modifiedAt ?? Infinity) <= latest)) builder.add(oid, entry.size);
    }
    yield builder.build();
  }
}

async function attestedLoose(storage: Storage, wanted: OidSet, options: JobOptions = {}): Promise<OidSet> {
  const part = wanted.part();
  for await (const entries of storage.walk(objectFolder('md5'), options)) {
    for (const { path, size, checksum, etag } of entries) {
      const oid = objectOfPath('md5', path);
      // An ETag is not always an MD5, but one that is this very MD5 is no accident.
      const isSame = oid !== undefined && [checksum?.name === 'md5' ? checksum.value : undefined, etag].some((one) => one?.toLowerCase() === oid.slice(0, 32));
      const place = isSame ? wanted.placeOf(oid) : -1;
      if (place >= 0) part.mark(place, size);
    }
  }
  return part.build();
}

async function* deleteLoose({ storage, name }: Pick<Target, 'storage' | 'name'>, oids: OidSet, options: JobOptions = {}): AsyncIterable<StoreResult> {
  const names = function* (): Generator<ObjectName> {
    for (const oid of oids.oids()) yield { path: objectPath(name, oid) };
  };
  for await (const { path, error } of storage.remove(names(), options)) {
    const oid = objectOfPath(name, path);
    if (oid !== undefined) yield { oid, how: 'removed', bytes: 0, ...(error && { error }) };
  }
}
