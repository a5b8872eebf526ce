import type { Origin } from '../../storage/source.ts';
import type { Path } from '../../storage/path.ts';
import { urlOf } from './address.ts';
import { arrivedSize } from './arrived-size.ts';
import { destinationOf } from './publish.ts';
import { inFolder, type Putting } from './put.ts';
import { isSuccess, type Server } from './server.ts';

/** What `Origin.service` is for objects on WebDAV servers. */
const SERVICE = 'webdav';

/** Where an object lies, so that a write to the same server may copy it there. */
export function originOf({ base }: Server, path: Path): Origin {
  return { kind: 'object', service: SERVICE, address: urlOf(base, path).href };
}

/** Has the server copy what it holds already, and gives the size of the copy. Undefined where it cannot or will not: the bytes are sent then. */
export async function copyOnServer(server: Server, { name, path, source, options: { signal } }: Putting): Promise<number | undefined> {
  const { origin } = source;
  if (!server.learned.copies || origin?.kind !== 'object' || origin.service !== SERVICE) return undefined;
  const from = new URL(origin.address);
  const to = urlOf(server.base, name);
  if (from.origin !== to.origin) return undefined;
  // Of a folder only the folder itself would be copied, and found out below.
  const headers = [['destination', destinationOf(server, name)], ['overwrite', 'F'], ['depth', '0']] as const;
  const response = await inFolder(server, { url: to, path, signal }, () => server.send('COPY', from, { signal, headers }));
  response.cancel();
  if (response.status === 405 || response.status === 501) server.learned.copies = false;
  return isSuccess(response) ? await arrivedSize(server, { name, path, expected: source.size, signal }) : undefined;
}
