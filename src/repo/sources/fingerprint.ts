import { createHash } from 'node:crypto';

import { createHasher } from '../../disk/hasher.ts';
import { hashFiles } from '../../disk/hash.ts';
import { compareCodePoints } from '../../disk/names.ts';
import type { Oid } from '../../odb/hash-info.ts';
import { createTree } from '../../odb/tree.ts';
import type { CallOptions } from '../../storage/call.ts';
import { concurrently } from '../../storage/concurrently.ts';
import type { Entry, Traits } from '../../storage/driver.ts';
import type { Storage } from '../../storage/storage.ts';
import type { Lent } from '../repo.ts';
import type { Content } from '../stage.ts';
import { pythonJson } from '../files/python-json.ts';
import type { Brought } from './bring.ts';
import type { Found, UrlPlace } from './open-url.ts';

type Options = CallOptions & {
  readonly lent: Lent;
  /** The same data, where it has been brought: it need not be read once more to be hashed. */
  readonly brought?: Brought;
};

/** What a `.dvc` file records of data elsewhere, as DVC does for each storage: a content hash where the bytes are near, else the mark the service gives. */
export async function fingerprint(place: UrlPlace, found: Found, options: Options): Promise<Content> {
  const field = place.local === undefined ? place.storage.driver.traits.etagField : 'md5';
  if (field === 'md5') return byContent(place, found, options);
  if (found.kind === 'file') return { hashName: 'md5', meta: metaOf(await marked(place.storage, found.entry, options), { field, isVersioned: isVersioned(place, found.entry) }) };
  const entries = await markAll(place.storage, found.entries, options);
  if (place.isVersioned) return { hashName: 'md5', meta: { isdir: true }, files: sorted(entries).map((entry) => ({ relpath: entry.path, meta: metaOf(entry, { field, isVersioned: true }) })) };
  const rows = sorted(entries).map(({ path, etag }) => new Map([[field, etag ?? ''], ['relpath', path as string]]));
  const oid = `${createHash('md5').update(pythonJson(rows)).digest('hex')}.dir` as Oid;
  return { hashName: 'md5', hash: { name: 'md5', value: oid }, meta: { isdir: true, size: sum(entries), nfiles: entries.length } };
}

const sorted = (entries: readonly Entry[]): readonly Entry[] => [...entries].sort((a, b) => compareCodePoints(a.path, b.path));
const sum = (entries: readonly Entry[]): number => entries.reduce((total, { size }) => total + (size ?? 0), 0);

/** A version is recorded when it was asked for, also by the URL itself. */
const isVersioned = ({ url, isVersioned: isAsked }: UrlPlace, { versionId }: Entry): boolean => isAsked || (versionId !== undefined && versionId !== '' && url.endsWith(`=${versionId}`));

function metaOf(entry: Entry, { field, isVersioned: withVersion }: { readonly field: Exclude<Traits['etagField'], 'md5'>; readonly isVersioned: boolean }): Content['meta'] {
  const { etag, size, versionId } = entry;
  return { ...(etag !== undefined && { [field]: etag }), ...(size !== undefined && { size }), ...(withVersion && versionId !== undefined && { version_id: versionId }) };
}

/** Where a listing tells no marks, each file is asked for its own. */
async function markAll(storage: Storage, entries: readonly Entry[], call: CallOptions): Promise<readonly Entry[]> {
  const known = entries.filter(({ etag }) => etag !== undefined);
  if (known.length === entries.length) return entries;
  const asked: Entry[] = [];
  const unknown = entries.filter(({ etag }) => etag === undefined);
  for await (const entry of concurrently(unknown, { jobs: storage.driver.traits.concurrency, ...(call.signal && { signal: call.signal }) }, (one, signal) => marked(storage, one, { signal }))) asked.push(entry);
  return [...known, ...asked];
}

/** A service that gives no mark at all tells at least size and time. */
async function marked(storage: Storage, entry: Entry, { signal }: CallOptions): Promise<Entry> {
  if (entry.etag !== undefined) return entry;
  const { etag, size, modifiedAt } = await storage.driver.stat(entry.path, signal && { signal });
  return { ...entry, ...(size !== undefined && { size }), etag: etag ?? createHash('md5').update(`${size ?? ''} ${modifiedAt ?? ''}`).digest('hex') };
}

async function byContent(place: UrlPlace, found: Found, options: Options): Promise<Content> {
  const { brought } = options;
  const isexec = found.kind === 'file' && place.local !== undefined && ((found.mode ?? 0) & 0o100) !== 0;
  const entries = found.kind === 'file' ? [found.entry] : found.entries;
  const oids = brought ? undefined : await hashAll(place, entries, options);
  if (found.kind === 'file') return { hashName: 'md5', hash: { name: 'md5', value: brought?.oid ?? (oids?.[0] as Oid) }, meta: { size: brought?.size ?? sum(entries), ...(isexec && { isexec: true as const }) } };
  const oid = brought?.oid ?? createTree(entries.map(({ path }, row) => ({ relpath: path, oid: oids?.[row] ?? ('' as Oid) }))).oid;
  return { hashName: 'md5', hash: { name: 'md5', value: oid }, meta: { isdir: true, size: brought?.size ?? sum(entries), nfiles: entries.length } };
}

async function hashAll({ storage, local }: UrlPlace, entries: readonly Entry[], { lent, signal }: Options): Promise<readonly Oid[]> {
  lent.report?.({ kind: 'phase', name: 'Hashing', files: entries.length });
  if (local !== undefined) {
    const hashed = await hashFiles(entries.map(({ path }) => (path === '' ? local : `${local}/${path}`)), { name: 'md5', processors: lent.processors, ...(signal && { signal }) });
    for (const error of hashed.errors.values()) throw error;
    return hashed.digests.map((digest) => (digest ?? '') as Oid);
  }
  const oids: Oid[] = [];
  const rows = entries.map((entry, row) => ({ entry, row }));
  for await (const { row, digest } of concurrently(rows, { jobs: storage.driver.traits.concurrency, ...(signal && { signal }) }, async ({ entry, row: at }, inner) => {
    const hasher = createHasher('md5');
    for await (const chunk of storage.source(entry).open({ signal: inner })) hasher.update(chunk);
    return { row: at, digest: hasher.digest() };
  })) oids[row] = digest as Oid;
  return oids;
}
