import { fromFile } from '../../storage/file-source.ts';
import type { Entry } from '../../storage/driver.ts';
import type { Expected } from '../../storage/verified.ts';
import { TowlineError } from '../../errors.ts';
import type { Offer, Piece } from './offer.ts';
import type { Found, UrlPlace } from './open-url.ts';

/** What was found at a URL, as data to be brought. */
export function urlOffer(place: UrlPlace, found: Found): Offer {
  if (found.kind === 'file') return { kind: 'file', pieces: [pieceOf(place, found.entry)] };
  for (const { path } of found.entries) refuseRules(place, path);
  return { kind: 'directory', pieces: found.entries.map((entry) => pieceOf(place, entry)) };
}

function pieceOf({ storage, local }: UrlPlace, entry: Entry): Piece {
  const { path, size, checksum } = entry;
  const source = local === undefined ? storage.source(entry) : fromFile(path === '' ? local : `${local}/${path}`, size ?? 0);
  const expected: Expected | undefined = checksum?.name === 'md5' || checksum?.name === 'sha256' ? { name: checksum.name, value: checksum.value } : undefined;
  return { relpath: path, source, ...(size !== undefined && { size }), ...(expected && { expected }) };
}

/** Such a file would hide a part of the directory from whoever tracks it. */
export function refuseRules({ shown }: Pick<UrlPlace, 'shown'>, path: string): void {
  if (path !== '.dvcignore' && !path.endsWith('/.dvcignore')) return;
  const folder = path.includes('/') ? `${shown}/${path.slice(0, path.lastIndexOf('/'))}` : shown;
  throw new TowlineError('INVALID_ARGUMENT', `.dvcignore file should not be in collected dir path: '${folder}'`, { context: { exitCode: 255 } });
}
