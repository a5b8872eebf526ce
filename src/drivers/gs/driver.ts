import { TowlineError } from '../../errors.ts';
import { keyFor, pathOf } from '../../storage/bucket-keys.ts';
import type { Address, Opening } from '../../storage/definition.ts';
import type { Driver, StatOptions } from '../../storage/driver.ts';
import type { Path } from '../../storage/path.ts';
import { withQuick } from '../../storage/quick.ts';
import { createLogin } from './auth.ts';
import { createClient } from './client.ts';
import { originOf } from './copy.ts';
import { BATCH, deleteObjects } from './delete.ts';
import { list } from './list.ts';
import { listVersions, requireVersioning } from './list-versions.ts';
import type { GsOptions } from './options.ts';
import { presign } from './presign.ts';
import { createQuick } from './quick.ts';
import { read, stat } from './read.ts';
import type { Session } from './session.ts';
import { readSettings } from './settings.ts';
import { upload } from './upload.ts';
import { write } from './write.ts';

/** Makes the driver of one bucket and prefix. Nothing is read or sent before the first verb. */
export function createGsDriver(address: Address, options: GsOptions, opening: Opening): Driver {
  let opened: Session | undefined;
  const session = (): Session => (opened ??= openSession(address, options, opening));
  const versionOf = <T extends StatOptions>(path: Path, call: T | undefined): T | undefined =>
    path === '' && address.versionId !== undefined && call?.versionId === undefined ? { ...call, versionId: address.versionId } as T : call;
  const driver: Driver = {
    displayUrl: address.displayUrl,
    traits: { writes: 'atomic', listing: 'subtree', etagField: 'etag', checks: ['md5', 'crc32c'], concurrency: 256, deleteBatch: BATCH },
    stat: async (path, call) => stat(session(), path, versionOf(path, call)),
    read: async (path, call) => read(session(), path, versionOf(path, call)),
    write: async (path, source, call) => write(session(), path, { source, options: call ?? {} }),
    list: async (folder, call) => list(session(), folder, call),
    delete: async (names, call) => deleteObjects(session(), names, call),
    listVersions: async (folder, call) => listVersions(session(), folder, call),
    upload: async (path, call) => upload(session(), path, call ?? {}),
    origin: (path, call) => originOf(session(), path, versionOf(path, call)?.versionId),
    async presign(path, { method, expiresInSeconds }) {
      const { client, bucket, keyOf } = session();
      const signer = client.login.signer();
      if (!signer) throw new TowlineError('UNSUPPORTED', `${client.where(keyOf(path))}: only the key of a service account can sign a URL`, { hint: 'Set credentialpath of the remote to the JSON file of a service account.' });
      return presign(signer, { method, base: client.endpoint.base, bucket, name: keyOf(path), expiresInSeconds, now: opening.now() });
    },
    close: async () => opened?.client.close(),
  };
  // The bucket's URL can name one generation of the object at its root: only then a plain key is not the whole question.
  return address.versionId === undefined ? withQuick(driver, createQuick(session)) : driver;
}

function openSession(address: Address, options: GsOptions, opening: Opening): Session {
  const bucket = address.host ?? '';
  const prefix = address.path ?? '';
  const settings = readSettings(options, opening);
  const transport = opening.connect(settings.connection);
  const login = createLogin({ options, endpoint: settings.endpoint, transport, runtime: opening });
  let hasWarned = false;
  const warnOnce: Opening['warn'] = (warning) => {
    if (!hasWarned) opening.warn(warning);
    hasWarned = true;
  };
  let hasNoBatches = false;
  let versioning: Promise<void> | undefined;
  const session: Session = {
    client: createClient(bucket, settings, { transport, login, now: opening.now }), opening, bucket, prefix,
    keyOf: (path) => keyFor({ displayUrl: address.displayUrl, prefix }, path),
    pathOf: (name) => pathOf(name, { prefix, where: `gs://${bucket}`, warnOnce }),
    hasNoBatches: (isSo) => (hasNoBatches ||= isSo === true),
    async requireVersioning(signal) {
      try {
        await (versioning ??= requireVersioning(session, signal));
      } catch (error) {
        versioning = undefined;
        throw error;
      }
    },
  };
  return session;
}
