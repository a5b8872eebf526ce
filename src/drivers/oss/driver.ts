import { TowlineError } from '../../errors.ts';
import { keyFor } from '../../storage/bucket-keys.ts';
import type { Address, Opening } from '../../storage/definition.ts';
import type { Driver, StatOptions } from '../../storage/driver.ts';
import type { Path } from '../../storage/path.ts';
import { withQuick } from '../../storage/quick.ts';
import { createLogin } from './auth.ts';
import { createClient } from './client.ts';
import { originOf } from './copy.ts';
import { deleteObjects } from './delete.ts';
import { list } from './list.ts';
import { askVersioning, listVersions } from './list-versions.ts';
import { upload } from './multipart.ts';
import type { OssOptions } from './options.ts';
import { createQuick } from './quick.ts';
import { read, stat } from './read.ts';
import type { Session, Versioning } from './session.ts';
import { readSettings } from './settings.ts';
import { write } from './write.ts';

/** The longest that a URL signed by V4 may live; V1 knows no such bound, and none is needed beyond. */
const WEEK_SECONDS = 604_800;

/** Makes the driver of one bucket and prefix. Nothing is read or sent before the first verb. */
export function createOssDriver(address: Address, options: OssOptions, opening: Opening): Driver {
  let opened: Session | undefined;
  const session = (): Session => (opened ??= openSession(address, options, opening));
  const versionOf = <T extends StatOptions>(path: Path, call: T | undefined): T | undefined =>
    path === '' && address.versionId !== undefined && call?.versionId === undefined ? { ...call, versionId: address.versionId } as T : call;
  const driver: Driver = {
    displayUrl: address.displayUrl,
    traits: { writes: 'atomic', listing: 'subtree', etagField: 'etag', checks: ['md5'], concurrency: 256, deleteBatch: 1000 },
    stat: async (path, call) => stat(session(), path, versionOf(path, call)),
    read: async (path, call) => read(session(), path, versionOf(path, call)),
    write: async (path, source, call) => write(session(), path, { source, options: call ?? {} }),
    list: async (folder, call) => list(session(), folder, call),
    delete: async (names, call) => deleteObjects(session(), names, call),
    listVersions: async (folder, call) => listVersions(session(), folder, call),
    upload: async (path, call) => upload(session(), path, call ?? {}),
    origin: (path, call) => originOf(session(), path, versionOf(path, call)?.versionId),
    async presign(path, { method, expiresInSeconds }) {
      const { client, keyOf } = session();
      if (!(expiresInSeconds >= 1 && expiresInSeconds <= WEEK_SECONDS)) throw new TowlineError('INVALID_ARGUMENT', `A signed URL of OSS lives between 1 second and 7 days, not ${expiresInSeconds} seconds`);
      return client.presign({ method, key: keyOf(path), expiresInSeconds: Math.floor(expiresInSeconds) });
    },
    close: async () => opened?.client.close(),
  };
  // The bucket's URL can name one version of the object at its root: only then a plain key is not the whole question.
  return address.versionId === undefined ? withQuick(driver, createQuick(session)) : driver;
}

function openSession(address: Address, options: OssOptions, opening: Opening): Session {
  const prefix = address.path ?? '';
  const settings = readSettings(address.host ?? '', options, opening);
  const client = createClient(settings, createLogin(options, opening), opening);
  const warned = new Set<string>();
  let asked: Promise<Versioning> | undefined;
  return {
    client, options, opening, prefix, listsOld: false,
    keyOf: (path) => keyFor({ displayUrl: address.displayUrl, prefix }, path),
    warnOnce(warning) {
      if (warned.has(warning.code)) return;
      warned.add(warning.code);
      opening.warn(warning);
    },
    async versioning(signal) {
      try {
        return await (asked ??= askVersioning(client, signal));
      } catch (error) {
        asked = undefined;
        throw error;
      }
    },
  };
}
