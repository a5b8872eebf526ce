import { TowlineError } from '../../errors.ts';
import type { Address, Opening } from '../../storage/definition.ts';
import type { Driver, StatOptions } from '../../storage/driver.ts';
import type { Path } from '../../storage/path.ts';
import { withQuick } from '../../storage/quick.ts';
import { BATCH_SIZE } from './batch.ts';
import { upload } from './blocks.ts';
import { createClient } from './client.ts';
import { originOf } from './copy.ts';
import { deleteObjects } from './delete.ts';
import { list } from './list.ts';
import { listVersions } from './list-versions.ts';
import type { AzureOptions } from './options.ts';
import { presign } from './presign.ts';
import { createQuick } from './quick.ts';
import { read, stat } from './read.ts';
import type { Session } from './session.ts';
import { readSettings } from './settings.ts';
import { write } from './write.ts';

/** Makes the driver of one container and prefix. Nothing is read or sent before the first verb. */
export function createAzureDriver(address: Address, options: AzureOptions, opening: Opening): Driver {
  let opened: Session | undefined;
  const session = (): Session => (opened ??= openSession(address, options, opening));
  const versionOf = <T extends StatOptions>(path: Path, call: T | undefined): T | undefined =>
    path === '' && address.versionId !== undefined && call?.versionId === undefined ? { ...call, versionId: address.versionId } as T : call;
  const driver: Driver = {
    displayUrl: address.displayUrl,
    traits: { writes: 'atomic', listing: 'subtree', etagField: 'etag', checks: ['md5'], concurrency: 256, deleteBatch: BATCH_SIZE },
    stat: async (path, call) => stat(session(), path, versionOf(path, call)),
    read: async (path, call) => read(session(), path, versionOf(path, call)),
    write: async (path, source, call) => write(session(), path, { source, options: call ?? {} }),
    list: async (folder, call) => list(session(), folder, call),
    delete: async (names, call) => deleteObjects(session(), names, call),
    listVersions: async (folder, call) => listVersions(session(), folder, call),
    upload: async (path, call) => upload(session(), path, call ?? {}),
    origin: (path, call) => originOf(session(), path, versionOf(path, call)?.versionId),
    presign: async (path, call) => presign(session(), path, call),
    close: async () => opened?.client.close(),
  };
  // The container's URL can name one version of the blob at its root: only then a plain key is not the whole question.
  return address.versionId === undefined ? withQuick(driver, createQuick(session)) : driver;
}

function openSession(address: Address, options: AzureOptions, opening: Opening): Session {
  const prefix = address.path ?? '';
  const warned = new Set<string>();
  return {
    client: createClient(readSettings(address, options, opening), opening, options.timeout),
    opening, prefix,
    keyOf(path) {
      const key = prefix === '' ? path : path === '' ? prefix : `${prefix}/${path}`;
      // The service takes '\\' for '/', also where it is percent-encoded, so another object would be touched (Azurite 3.35 does as Azure, 2026-11-21).
      if (key.includes('\\')) throw new TowlineError('UNSUPPORTED', `${address.displayUrl}: Azure cannot keep the name ${JSON.stringify(key)}, it takes a backslash for a slash`, { hint: 'Give it another name.' });
      if (key === '') throw new TowlineError('INVALID_ARGUMENT', `${address.displayUrl} is a whole container, not an object`);
      return key;
    },
    warnOnce(warning) {
      if (warned.has(warning.code)) return;
      warned.add(warning.code);
      opening.warn(warning);
    },
  };
}
