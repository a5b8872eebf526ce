import type { CallOptions, DeleteResult, Driver, ObjectName } from '../../storage/driver.ts';
import { translate } from './errors.ts';
import { listObjects } from './list.ts';
import { attempt, type HdfsPlace, refuseVersion, serverPath } from './place.ts';
import { readObject, statObject } from './read.ts';
import { uploadObject } from './upload.ts';
import { writeObject } from './write.ts';

/** The verbs over one folder of a cluster. */
export function createHdfsDriver(place: HdfsPlace): Driver {
  return {
    displayUrl: place.displayUrl,
    traits: { writes: 'atomic', listing: 'subtree', etagField: 'checksum', concurrency: 32, deleteBatch: 256 },
    stat: async (path, options) => await statObject(place, path, options),
    read: async (path, options) => await readObject(place, path, options),
    write: async (path, source, options) => await writeObject(place, path, { source, ...(options && { options }) }),
    list: async (folder, options) => await listObjects(place, folder, options),
    delete: async (names, options) => await deleteObjects(place, names, options),
    upload: async (path, options) => await uploadObject(place, path, options),
    async close() {
      place.nameNode.close();
      place.dataNodes.close();
    },
  };
}

async function deleteObjects(place: HdfsPlace, names: readonly ObjectName[], { signal }: CallOptions = {}): Promise<readonly DeleteResult[]> {
  return await attempt(place, { verb: 'delete', path: names[0]?.path ?? ('' as ObjectName['path']), signal }, async () => await Promise.all(names.map(async (name): Promise<DeleteResult> => {
    try {
      refuseVersion(name.versionId);
      await place.nameNode.call('delete', { src: serverPath(place, name.path), recursive: false }, signal);
      return name;
    } catch (error) {
      return { ...name, error: translate(error, { verb: 'delete', path: name.path, displayUrl: place.displayUrl }) };
    }
  })));
}
