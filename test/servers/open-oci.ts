import type { Oid } from '../../src/odb/hash-info.ts';
import type { ObjectDb, StoredObject } from '../../src/odb/object-db.ts';
import { oidSet } from '../../src/odb/oid-set.ts';
import { createSegmentObjects } from '../../src/odb/segments/segment-objects.ts';
import { nodeDisk } from '../../src/disk/node.ts';
import { gather } from '../../src/storage/content.ts';
import type { Packing } from '../../src/storage/definition.ts';
import type { ArtifactStore } from '../../src/storage/artifacts.ts';
import { fromBytes } from '../../src/storage/source.ts';

/** The objects of a repository, as a program with a memory of its own in `folder` has them. */
// oxlint-disable-next-line max-params -- a test gives what it is about
export function openSegments(artifacts: ArtifactStore, folder: string, packing: Packing = {}, now: () => number = Date.now): ObjectDb {
  return createSegmentObjects(artifacts, { name: 'md5', packing, memory: { folder, disk: nodeDisk, now } });
}

/** Everything that is listed, read; an object that cannot be read fails. */
export async function readAll(objects: ObjectDb): Promise<ReadonlyMap<Oid, Buffer>> {
  const oids: Oid[] = [];
  for await (const some of objects.list()) oids.push(...some.oids());
  return await readSome(objects, oids);
}

export async function readSome(objects: ObjectDb, oids: readonly Oid[]): Promise<ReadonlyMap<Oid, Buffer>> {
  const found = new Map<Oid, Buffer>();
  for await (const { oid, source } of objects.read(oidSet(oids))) found.set(oid, Buffer.from(await gather(source.open(), 2 ** 30)));
  return found;
}

/** Where DVC has an object below a remote: 'files/md5/ab/cdef...'. */
export const keyOf = (oid: string): string => `files/md5/${oid.slice(0, 2)}/${oid.slice(2)}`;
export const oidOfKey = (key: string): Oid => key.slice('files/md5/'.length).replace('/', '') as Oid;

export async function* objectsOf(contents: ReadonlyMap<Oid, Uint8Array>): AsyncGenerator<StoredObject> {
  for (const [oid, bytes] of contents) yield { oid, source: fromBytes(bytes) };
}

/** Stores objects and throws the first failure. */
export async function store(objects: ObjectDb, contents: ReadonlyMap<Oid, Uint8Array>): Promise<void> {
  for await (const { error } of objects.write(objectsOf(contents))) if (error) throw error;
}
