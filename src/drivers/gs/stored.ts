import { TowlineError } from '../../errors.ts';
import type { Checksum, Entry } from '../../storage/driver.ts';
import type { Path } from '../../storage/path.ts';
import { entryOf, type ObjectResource } from './resource.ts';
import type { Session } from './session.ts';

/** What an object must be that was just written. */
export interface Wanted {
  readonly size?: number | undefined;
  readonly checksum?: Checksum | undefined;
}

/** The entry of what the service says it stored. When that is not what was sent, it is taken away again, and CORRUPT is thrown. */
export async function requireStored(session: Session, path: Path, { resource, wanted }: { readonly resource: ObjectResource; readonly wanted: Wanted }): Promise<Entry> {
  const difference = differenceOf(resource, wanted);
  if (difference === undefined) return entryOf(path, resource);
  const { client, keyOf, opening } = session;
  const where = client.where(keyOf(path));
  if (resource.generation !== undefined) {
    try {
      (await client.send({ method: 'DELETE', verb: 'delete', key: keyOf(path), target: client.at.object(keyOf(path), { generation: resource.generation }) })).cancel();
    } catch (error) {
      opening.warn({ code: 'DAMAGED_OBJECT', text: `${where} holds damaged bytes and could not be deleted: ${error instanceof Error ? error.message : String(error)}` });
    }
  }
  throw new TowlineError('CORRUPT', `${where}: the service stored other bytes than were sent (${difference})`, { hint: 'Look whether the source is what it should be; if it is, for a proxy that alters uploads.' });
}

/** What is different of an object that was stored, in words; undefined where nothing is. */
export function differenceOf({ size, md5Hash, crc32c }: ObjectResource, wanted: Wanted): string | undefined {
  if (wanted.size !== undefined && size !== wanted.size) return `${size} bytes instead of ${wanted.size}`;
  const { name, value } = wanted.checksum ?? { name: undefined, value: '' };
  const found = name === 'md5' && md5Hash !== undefined ? Buffer.from(md5Hash, 'base64').toString('hex') : name === 'crc32c' ? crc32c : undefined;
  const expected = name === 'md5' ? value.toLowerCase() : value;
  return found === undefined || found === expected ? undefined : `${name ?? ''} ${found} instead of ${expected}`;
}
