import { TowlineError } from '../../errors.ts';
import { keyFor } from '../../storage/bucket-keys.ts';
import type { Address, Opening } from '../../storage/definition.ts';
import type { Driver, StatOptions } from '../../storage/driver.ts';
import type { Path } from '../../storage/path.ts';
import { withQuick } from '../../storage/quick.ts';
import { createLogin } from './auth.ts';
import { createClient } from './client.ts';
import { originOf } from './copy-source.ts';
import { deleteObjects } from './delete.ts';
import { list } from './list.ts';
import { askVersioning, listVersions } from './list-versions.ts';
import { upload } from './multipart.ts';
import { objectHeaders } from './object-headers.ts';
import type { S3Options } from './options.ts';
import { createQuick } from './quick.ts';
import { createQuickList } from './quick-list.ts';
import { read, stat } from './read.ts';
import type { Session, Versioning } from './session.ts';
import { readSettings, type Settings } from './settings.ts';
import { write } from './write.ts';

/** Makes the driver of one bucket and prefix. Nothing is read or sent before the first verb. */
export function createS3Driver(address: Address, options: S3Options, opening: Opening): Driver {
  const headers = objectHeaders(options);
  let opened: Session | undefined;
  const session = (): Session => (opened ??= openSession(address, options, { opening, headers }));
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
      if (headers.key.length > 0 || (method === 'PUT' && headers.write.length > 0)) {
        throw new TowlineError('UNSUPPORTED', `${client.where(keyOf(path))}: a signed URL cannot carry the encryption and ACL options of this remote`, { hint: 'Unset sse*, acl and grant_* of the remote, or hand the object over otherwise.' });
      }
      if (!(expiresInSeconds >= 1 && expiresInSeconds <= 604_800)) throw new TowlineError('INVALID_ARGUMENT', `A signed URL of S3 lives between 1 second and 7 days, not ${expiresInSeconds} seconds`);
      return client.presign({ method, key: keyOf(path), expiresInSeconds: Math.floor(expiresInSeconds) });
    },
    close: async () => opened?.client.close(),
  };
  // The bucket's URL can name one version of the object at its root: only then a plain key is not the whole question.
  return address.versionId === undefined ? withQuick(driver, { ...createQuick(session), list: createQuickList(session) }) : driver;
}

function openSession(address: Address, options: S3Options, { opening, headers }: Pick<Session, 'opening' | 'headers'>): Session {
  const bucket = address.host ?? '';
  const prefix = address.path ?? '';
  const settings = readSettings(bucket, options, opening);
  requireSafeKey(settings, headers);
  const client = createClient(settings, createLogin(options, settings, opening), opening);
  const warned = new Set<string>();
  let asked: Promise<Versioning> | undefined;
  return {
    client, headers, options, opening, prefix,
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

/** An SSE-C key would travel for all to read. On this machine itself nobody listens. */
function requireSafeKey({ endpoint: { url, useSsl } }: Settings, headers: Session['headers']): void {
  if (headers.key.length === 0) return;
  const isOpen = url === undefined ? !useSsl : /^http:/i.test(url) && !/^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(new URL(url).hostname);
  if (isOpen) throw new TowlineError('INVALID_CONFIG', '`sse_customer_key` would be sent over plain http', { hint: 'Use an https endpoint, or unset use_ssl=false.' });
}
