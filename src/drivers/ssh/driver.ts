import { TowlineError } from '../../errors.ts';
import type { CallOptions, DeleteResult, Driver, ObjectName } from '../../storage/driver.ts';
import { translate } from './errors.ts';
import { listObjects } from './list.ts';
import { readObject, refuseVersion } from './read.ts';
import { attempt, entryOf, type RemotePlace, removeIfThere, serverPath } from './remote-place.ts';
import { statPath } from './sftp.ts';
import { uploadObject } from './upload.ts';
import { SERVICE, writeObject } from './write.ts';

/** The verbs over one folder of an SSH server. */
export function createSshDriver(place: RemotePlace): Driver {
  return {
    displayUrl: place.displayUrl,
    traits: { writes: 'atomic', listing: 'subtree', etagField: 'md5', concurrency: 32, deleteBatch: 256 },
    async stat(path, options) {
      refuseVersion(options?.versionId);
      const attributes = await attempt(place, { verb: 'look at', path, signal: options?.signal }, async () => await place.pool.use(async (session) => await statPath(session, serverPath(place, path))));
      if (attributes.kind === 'other') throw new TowlineError('NOT_FOUND', `'${place.displayUrl}/${path}' is neither a file nor a folder`, { context: { path } });
      return entryOf(path, attributes);
    },
    read: async (path, options) => await readObject(place, path, options),
    write: async (path, source, options) => await writeObject(place, path, { source, ...(options && { options }) }),
    list: async (folder, options) => await listObjects(place, folder, options),
    delete: async (names, options) => await deleteObjects(place, names, options),
    upload: async (path, options) => await uploadObject(place, path, options),
    origin(path, options) {
      refuseVersion(options?.versionId);
      return { kind: 'object', service: SERVICE, address: `${place.server}${serverPath(place, path)}` };
    },
    close: async () => { await place.pool.close(); },
  };
}

async function deleteObjects(place: RemotePlace, names: readonly ObjectName[], options: CallOptions = {}): Promise<readonly DeleteResult[]> {
  return await attempt(place, { verb: 'delete', path: names[0]?.path ?? ('' as ObjectName['path']), signal: options.signal }, async () => await place.pool.use(async (session) =>
    await Promise.all(names.map(async (name): Promise<DeleteResult> => {
      try {
        refuseVersion(name.versionId);
        await removeIfThere(session, serverPath(place, name.path));
        return name;
      } catch (error) {
        return { ...name, error: translate(error, { verb: 'delete', path: name.path, displayUrl: place.displayUrl }) };
      }
    }))));
}
