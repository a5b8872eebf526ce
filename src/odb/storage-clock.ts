import { randomUUID } from 'node:crypto';
import { TowlineError } from '../errors.ts';
import type { CallOptions } from '../storage/call.ts';
import { parsePath } from '../storage/path.ts';
import type { Storage } from '../storage/storage.ts';

/**
 * What time it is where the objects lie, in milliseconds since 1970, told by a file that is written, looked at and removed: only that clock can say how old
 * an object is. `keepsVersions`: it is removed for good, not only hidden. Throws UNSUPPORTED where the storage does not tell when a file was written.
 */
export async function clockOf(storage: Storage, { keepsVersions = false, ...options }: CallOptions & { readonly keepsVersions?: boolean } = {}): Promise<number> {
  const driver = storage.require('write', 'delete');
  const path = parsePath(`.towline-clock-${randomUUID()}.tmp`);
  const { entry } = await storage.writeBytes(path, Buffer.from('now'), options);
  try {
    const { modifiedAt } = await driver.stat(path, options);
    if (modifiedAt !== undefined) return modifiedAt;
    throw new TowlineError('UNSUPPORTED', `${driver.displayUrl} does not tell when an object was written, so nobody knows which are new`, { hint: "Only '--grace 0' deletes there, while nobody pushes." });
  } finally {
    await driver.delete([{ path, ...(keepsVersions && entry.versionId !== undefined && { versionId: entry.versionId }) }], options);
  }
}
