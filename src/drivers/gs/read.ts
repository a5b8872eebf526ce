import { TowlineError } from '../../errors.ts';
import type { HttpResponse } from '../../http/transport.ts';
import type { Content, Entry, ReadOptions, StatOptions } from '../../storage/driver.ts';
import type { Path } from '../../storage/path.ts';
import { checkRange, emptyContent, rangedBody, rangeHeader } from '../../storage/ranged-content.ts';
import type { Header } from './request.ts';
import { checksumOf, defined, entryOf, hexEtag, OBJECT_FIELDS, type ObjectResource, readResource } from './resource.ts';
import type { Session } from './session.ts';

export async function stat(session: Session, path: Path, options: StatOptions = {}): Promise<Entry> {
  return entryOf(path, await lookAt(session, session.keyOf(path), options), options);
}

/** What the service says of one object. */
export async function lookAt({ client }: Session, key: string, { versionId, withMetadata = false, signal }: StatOptions): Promise<ObjectResource> {
  requireGeneration(versionId, client.where(key));
  return readResource(await client.ask({ method: 'GET', verb: 'look at', key, target: client.at.object(key, { fields: withMetadata ? `${OBJECT_FIELDS},metadata` : OBJECT_FIELDS, generation: versionId }), signal }));
}

/** Without it the service unpacks an object whose Content-Encoding is gzip, and forgets the range: https://cloud.google.com/storage/docs/transcoding, 2026-11-21. */
export const UNCHANGED: Header = ['accept-encoding', 'gzip'];

export async function read(session: Session, path: Path, options: ReadOptions = {}): Promise<Content> {
  const { client, keyOf } = session;
  const key = keyOf(path);
  const { start = 0, end, ifMatch, versionId, signal } = options;
  checkRange({ start, end }, client.where(key));
  requireGeneration(versionId, client.where(key));
  if (end === start) return emptyContent(await statMatching(session, path, options));
  const range = rangeHeader({ start, end });
  const headers: readonly Header[] = [UNCHANGED, ...(range === undefined ? [] : [['range', range] as const])];
  const response = await client.send({ method: 'GET', verb: 'read', key, target: client.at.object(key, { alt: 'media', generation: versionId }), headers, expected: range === undefined ? [] : [416], signal });
  // A range behind the end is refused by the service; here it is what it is in a file: nothing.
  if (response.status === 416) {
    response.cancel();
    return emptyContent(await statMatching(session, path, options));
  }
  try {
    requireStoredBytes(response, client.where(key));
    const { size, body } = rangedBody(response, { start, end });
    const entry = entryOfHeaders(path, response, size);
    requireMatch(entry, ifMatch, client.where(key));
    return { entry, body, cancel: () => response.cancel() };
  } catch (error) {
    response.cancel();
    throw error;
  }
}

/** Bytes that were packed or unpacked on the way are not those that are kept: their hash would be wrong. */
function requireStoredBytes(response: HttpResponse, where: string): void {
  const stored = response.header('x-goog-stored-content-encoding');
  const sent = response.header('content-encoding') ?? 'identity';
  if (stored === undefined || stored === '' || stored === sent || !/^(?:gzip|identity)$/.test(sent)) return;
  throw new TowlineError('CORRUPT', `${where}: the bytes were recoded on the way (kept as ${stored}, sent as ${sent})`, { hint: 'Look for a proxy between here and the service.' });
}

/** A download is described by its headers. */
function entryOfHeaders(path: Path, response: HttpResponse, size: number | undefined): Entry {
  const etag = response.header('etag');
  const modified = Date.parse(response.header('last-modified') ?? '');
  const hashes = new Map((response.header('x-goog-hash') ?? '').split(',').map((pair) => [pair.slice(0, pair.indexOf('=')).trim(), pair.slice(pair.indexOf('=') + 1).trim()]));
  return defined({
    path, kind: 'file', size, etag: etag === undefined ? undefined : hexEtag(etag), versionId: response.header('x-goog-generation'),
    modifiedAt: Number.isNaN(modified) ? undefined : modified, checksum: checksumOf(hashes.get('md5'), hashes.get('crc32c')),
  } as const);
}

async function statMatching(session: Session, path: Path, options: ReadOptions): Promise<Entry> {
  const entry = await stat(session, path, options);
  requireMatch(entry, options.ifMatch, session.client.where(session.keyOf(path)));
  return entry;
}

// The service has a condition for generations, not for ETags; headers and bytes of one answer are of one generation, so nothing is mixed.
function requireMatch({ etag }: Entry, wanted: string | undefined, where: string): void {
  if (wanted !== undefined && etag !== wanted) throw new TowlineError('PRECONDITION_FAILED', `${where} has changed`);
}

/** A version of another service cannot be here; the service would call it a wrong request. */
export function requireGeneration(versionId: string | undefined, where: string): void {
  if (versionId !== undefined && !/^\d{1,20}$/.test(versionId)) throw new TowlineError('NOT_FOUND', `${where} has no version '${versionId.slice(0, 100)}': generations are numbers`);
}
