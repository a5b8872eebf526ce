import { hasCode, TowlineError } from '../../errors.ts';
import type { CallOptions, Entry } from '../../storage/driver.ts';
import type { Path } from '../../storage/path.ts';
import type { Origin, Source } from '../../storage/source.ts';
import { chosen, entryOf, FILE_FIELDS, isObject } from './file.ts';
import type { Session } from './session.ts';
import { jsonBody, readStored, requireMd5, type Target } from './target.ts';

const SERVICE = 'gdrive';

/** Where an object lies, so that another driver of Drive can copy it there. */
export function originOf({ client, root, placeOf }: Session, path: Path): Origin {
  return { kind: 'object', service: SERVICE, address: JSON.stringify([client.origin, root, placeOf(path)]) };
}

/** Refusals that only say that the bytes must pass here: this login may not read the source, or Drive does not copy it. */
const STREAMED = ['NOT_FOUND', 'PERMISSION_DENIED', 'INVALID_ARGUMENT', 'INVALID_CONFIG', 'UNSUPPORTED', 'CORRUPT'] as const;

/** Copies on the service. Undefined: it cannot be done so, or the source is not the object whose hash the caller knows; then its bytes are streamed. */
export async function copy(session: Session, path: Path, { source, target, signal }: CallOptions & { readonly source: Source; readonly target: Target }): Promise<Entry | undefined> {
  const from = placeOf(session, source.origin);
  if (from === undefined || target.existing) return undefined;
  try {
    const file = chosen((await session.treeOf(from.root).at(from.place, signal)).filter(isObject));
    const known = source.checksum?.name === 'md5' ? source.checksum.value.toLowerCase() : undefined;
    if (file?.md5 === undefined || (known !== undefined && known !== file.md5) || (source.size !== undefined && source.size !== file.size)) return undefined;
    const answer = await session.client.ask({ verb: 'copy to', where: session.where(path), method: 'POST', path: `/drive/v3/files/${file.id}/copy`, query: { fields: FILE_FIELDS, supportsAllDrives: true }, ...jsonBody(target.metadata), signal });
    const stored = readStored(session, path, answer);
    await requireMd5(session, path, { stored, expected: file.md5, isNew: true });
    return entryOf(path, stored);
  } catch (error) {
    if (error instanceof TowlineError && STREAMED.some((code) => hasCode(error, code))) return undefined;
    throw error;
  }
}

function placeOf({ client }: Session, origin: Origin | undefined): { readonly root: string; readonly place: string } | undefined {
  if (origin?.kind !== 'object' || origin.service !== SERVICE) return undefined;
  // Text from our own `originOf`: another process never writes it.
  const [service, root, place] = JSON.parse(origin.address) as readonly [string, string, string];
  return service === client.origin ? { root, place } : undefined;
}
