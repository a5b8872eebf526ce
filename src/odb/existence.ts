import type { CallOptions } from '../storage/call.ts';
import { concurrently } from '../storage/concurrently.ts';
import { type Entry, type ListOptions, supports, type With } from '../storage/driver.ts';
import type { Path } from '../storage/path.ts';
import type { Storage } from '../storage/storage.ts';
import type { HashName, Oid } from './hash-info.ts';
import { objectFolder, objectOfPath, objectPath } from './layout.ts';
import type { OidPart, OidSet } from './oid-set.ts';

/** Where to look and for what. */
interface Search {
  readonly storage: Storage;
  readonly name: HashName;
  readonly wanted: OidSet;
  readonly found: OidPart;
  /** The place in `wanted` of what lies at a path; -1 for anything else. */
  readonly placeOf: (path: string) => number;
  readonly options: CallOptions;
}

/** Up to here a map of paths is faster than taking each path apart; above, its strings would need too much memory. */
const MAPPED = 200_000;

/**
 * Which of `wanted` are in `storage`, by the fewest round trips. A few are asked for one by one, all at once. Many are listed: the first page, or
 * that of each shard, tells how dense the remote is (digests are spread evenly), and so whether listing the rest costs fewer calls than asking.
 * An object that the service shows without its bytes ('partial' writes) counts only where the sizes agree; see {@link isWhole}.
 */
export async function findPresent(storage: Storage, name: HashName, search: { readonly wanted: OidSet } & CallOptions): Promise<OidSet> {
  const { wanted, ...options } = search;
  const found = wanted.part();
  const plan: Search = { storage, name, wanted, found, placeOf: placesOf(name, wanted), options };
  const driver = storage.driver;
  if (wanted.count <= driver.traits.concurrency || !supports(driver, 'list')) await askAll(plan, [...wanted.oids()]);
  else if (driver.traits.listing === 'directory' || objectFolder(name) === '') await listFolders(plan, driver);
  else if (wanted.count < SEVERAL_PAGES) await listOrAsk(plan, driver, { startsWith: '', oids: [...wanted.oids()] });
  else await listShards(plan, driver, [...wanted.oids()]);
  return found.build();
}

function placesOf(name: HashName, wanted: OidSet): (path: string) => number {
  if (wanted.count > MAPPED) {
    return (path) => {
      const oid = objectOfPath(name, path);
      return oid === undefined ? -1 : wanted.placeOf(oid);
    };
  }
  const places = new Map<string, number>();
  for (const oid of wanted.oids()) places.set(objectPath(name, oid), places.size);
  return (path) => places.get(path) ?? -1;
}

async function askAll(search: Search, oids: readonly Oid[]): Promise<void> {
  const paths = oids.map((oid) => objectPath(search.name, oid));
  for await (const { path, entry } of search.storage.findMany(paths, search.options)) if (entry) take(search, path, entry.size);
}

/**
 * So many objects, were they there, would fill several pages: those are asked for side by side from the start. The first page of the whole is no
 * cheap question everywhere: MinIO took 150 ms for it, and 270 ms for the pages of all shards together (10,000 objects, two busy cores).
 */
const SEVERAL_PAGES = 4000;

/** Objects by the first digits of their names. */
interface Shard {
  readonly startsWith: string;
  /** Those wanted. */
  readonly oids: readonly Oid[];
}

/** One page first; then the rest of the shard by listing or by asking, whichever is fewer calls. */
async function listOrAsk(search: Search, driver: With<'list'>, { startsWith, oids, signal = search.options.signal }: Shard & CallOptions): Promise<void> {
  const folder = objectFolder(search.name);
  const call = { ...(startsWith !== '' && { startsWith }), ...(signal && { signal }) };
  const { entries, cursor } = await driver.list(folder, call);
  for (const entry of entries) take(search, entry.path, entry.size);
  if (cursor === undefined) return;
  const lastOid = lastInOrder(search.name, entries);
  const covered = lastOid === undefined ? 0 : partBefore(lastOid, startsWith);
  const left = lastOid === undefined ? oids : oids.filter((oid) => oid.slice(0, 32) > lastOid.slice(0, 32));
  const pagesLeft = covered <= 0 ? Number.POSITIVE_INFINITY : (1 - covered) / covered;
  if (left.length <= pagesLeft) await askAll(search, left);
  else if (startsWith === '') await listShards(search, driver, left);
  else await listOne(search, driver, { folder, ...call, cursor });
}

/** How much of a shard comes before an object of it: digests are spread evenly. */
function partBefore(oid: Oid, startsWith: string): number {
  return Number.parseInt(oid.slice(startsWith.length, startsWith.length + 8), 16) / 2 ** 32;
}

/** The last object of a page, or undefined where the service does not list in order: then nothing can be said of what the page covers. */
function lastInOrder(name: HashName, entries: readonly Entry[]): Oid | undefined {
  let last: Oid | undefined;
  for (const entry of entries) {
    const oid = objectOfPath(name, entry.path);
    if (oid === undefined) continue;
    if (last !== undefined && oid < last) return undefined;
    last = oid;
  }
  return last;
}

async function listShards(search: Search, driver: With<'list'>, wanted: readonly Oid[]): Promise<void> {
  const digits = wanted.length > 20_000 ? 2 : 1;
  const shards = new Map<string, Oid[]>();
  for (const oid of wanted) {
    const startsWith = oid.slice(0, digits);
    const shard = shards.get(startsWith);
    if (shard) shard.push(oid);
    else shards.set(startsWith, [oid]);
  }
  const work = concurrently(shards, { ...search.options, jobs: driver.traits.concurrency }, async ([startsWith, oids], signal) => {
    await listOrAsk(search, driver, { startsWith, oids, signal });
  });
  for await (const _done of work);
}

/** Where a call lists one folder, or where the root also holds what is not ours, only the folders of wanted objects are listed. */
async function listFolders(search: Search, driver: With<'list'>): Promise<void> {
  const byFolder = new Map<string, Oid[]>();
  for (const oid of search.wanted.oids()) {
    const folder = byFolder.get(oid.slice(0, 2));
    if (folder) folder.push(oid);
    else byFolder.set(oid.slice(0, 2), [oid]);
  }
  const lone = [...byFolder.values()].filter((oids) => oids.length === 1).flat();
  const shared = [...byFolder.values()].flatMap((oids) => (oids.length > 1 && oids[0] !== undefined ? [oids[0]] : []));
  await Promise.all([askAll(search, lone), listAll(search, driver, shared.map((oid) => folderOf(objectPath(search.name, oid))))]);
}

async function listAll(search: Search, driver: With<'list'>, folders: readonly Path[]): Promise<void> {
  const work = concurrently(folders, { ...search.options, jobs: driver.traits.concurrency }, async (folder, signal) => {
    await listOne(search, driver, { folder, signal });
  });
  for await (const _done of work);
}

/** All pages of a folder, or those that follow `cursor`. */
async function listOne(search: Search, driver: With<'list'>, { folder, cursor: first, ...rest }: ListOptions & { readonly folder: Path }): Promise<void> {
  for (let cursor = first; ; ) {
    const page = await driver.list(folder, { ...rest, ...(cursor !== undefined && { cursor }) });
    for (const entry of page.entries) take(search, entry.path, entry.size);
    cursor = page.cursor;
    if (cursor === undefined) return;
  }
}

function take(search: Search, path: Path, size: number | undefined): void {
  const place = search.placeOf(path);
  if (place >= 0 && isWhole(search, path, { place, size })) search.found.mark(place, size);
}

/** An object of the wrong size is not the object: a cut upload leaves one where writes are partial. An empty one can only be the md5 of nothing. */
function isWhole({ wanted }: Search, path: Path, { place, size }: { readonly place: number; readonly size: number | undefined }): boolean {
  if (size === undefined) return true;
  if (size === 0) return path.endsWith(EMPTY);
  const expected = wanted.sizeAt(place);
  return expected === undefined || expected === size;
}

/** How the path of the md5 of nothing ends. */
const EMPTY = 'd4/1d8cd98f00b204e9800998ecf8427e';

const folderOf = (path: Path): Path => path.slice(0, path.lastIndexOf('/')) as Path;
