import type { CallOptions } from '../storage/call.ts';
import { concurrently } from '../storage/concurrently.ts';
import { type Entry, type ListOptions, supports, type With } from '../storage/driver.ts';
import type { Path } from '../storage/path.ts';
import { quickOf } from '../storage/quick.ts';
import type { Storage } from '../storage/storage.ts';
import { createFinding, type Finding } from './finding.ts';
import type { HashName, Oid } from './hash-info.ts';
import { objectFolder, objectOfPath, objectPath } from './layout.ts';
import type { OidSet } from './oid-set.ts';
import type { PageLook, PageMemory } from './page-memory.ts';

/** Where to look and for what. */
interface Search extends Finding {
  readonly storage: Storage;
  readonly options: CallOptions;
  readonly pages: PageLook | undefined;
  /** The first digits of those that are known to be there, because their page is. */
  readonly known: Set<string>;
}

/**
 * Which of `wanted` are in `storage`, by the fewest round trips. A few are asked for one by one, all at once. Many are listed: the first page, or
 * that of each shard, tells how dense the remote is (digests are spread evenly), and so whether listing the rest costs fewer calls than asking.
 * An object that the service shows without its bytes ('partial' writes) counts only where the sizes agree; see {@link createFinding}.
 */
export async function findPresent(storage: Storage, name: HashName, search: { readonly wanted: OidSet; readonly pages?: PageMemory } & CallOptions): Promise<OidSet> {
  const { wanted, pages, ...options } = search;
  const finding = createFinding(name, wanted);
  const plan: Search = { ...finding, storage, options, pages: wanted.count < SEVERAL_PAGES ? undefined : pages?.begin(wanted), known: new Set() };
  const driver = storage.driver;
  if (wanted.count <= driver.traits.concurrency || !supports(driver, 'list')) await askAll(plan, [...wanted.oids()]);
  else if (driver.traits.listing === 'directory' || objectFolder(name) === '') await listFolders(plan, driver);
  else if (wanted.count < SEVERAL_PAGES) await listOrAsk(plan, driver, { startsWith: '', oids: () => [...wanted.oids()] });
  else await listShards(plan, driver);
  const found = foundIn(plan);
  if (found.count === wanted.count) plan.pages?.keep();
  return found;
}

/** With those whose pages are known. Their sizes are the wanted ones. */
function foundIn({ wanted, found, known }: Search): OidSet {
  if (known.size > 0) {
    const [digits = 0] = [...known].map((start) => start.length);
    if (wanted.startsOf(digits === 1 ? 1 : 2).every((start) => known.has(start))) return wanted;
    let place = 0;
    for (const oid of wanted.oids()) {
      if (known.has(oid.slice(0, digits))) found.mark(place);
      place += 1;
    }
  }
  return found.build();
}

async function askAll(search: Search, oids: readonly Oid[]): Promise<void> {
  const paths = oids.map((oid) => objectPath(search.name, oid));
  for await (const { path, entry } of search.storage.findMany(paths, search.options)) if (entry) search.take(path, entry.size);
}

/**
 * So many objects, were they there, would fill several pages: those are asked for side by side from the start. The first page of the whole is no
 * cheap question everywhere: MinIO took 150 ms for it, and 270 ms for the pages of all shards together (10,000 objects, two busy cores).
 */
const SEVERAL_PAGES = 4000;

/** Pages are large answers, and quick ones pass no layer that would try how many the service takes well. */
const SHARDS_AT_ONCE = 64;

/** Objects by the first digits of their names. */
interface Shard {
  readonly startsWith: string;
  /** Those wanted. */
  readonly oids: () => readonly Oid[];
}

/** One page first; then the rest of the shard by listing or by asking, whichever is fewer calls. */
async function listOrAsk(search: Search, driver: With<'list'>, { startsWith, oids, signal = search.options.signal }: Shard & CallOptions): Promise<void> {
  const folder = objectFolder(search.name);
  const call = { ...(startsWith !== '' && { startsWith }), ...(signal && { signal }) };
  const { last, cursor } = await takePage(search, driver, { folder, ...call });
  if (cursor === undefined) return;
  const covered = last === undefined ? 0 : partBefore(last, startsWith);
  const left = last === undefined ? oids() : oids().filter((oid) => oid.slice(0, 32) > last.slice(0, 32));
  const pagesLeft = covered <= 0 ? Number.POSITIVE_INFINITY : (1 - covered) / covered;
  if (left.length <= pagesLeft) await askAll(search, left);
  else if (startsWith === '') await listShards(search, driver, last);
  else await listOne(search, driver, { folder, ...call, cursor });
}

/** How much of a shard comes before an object of it: digests are spread evenly. */
function partBefore(oid: Oid, startsWith: string): number {
  return Number.parseInt(oid.slice(startsWith.length, startsWith.length + 8), 16) / 2 ** 32;
}

/** Shard by shard, of those behind `last`. */
async function listShards(search: Search, driver: With<'list'>, last = '' as Oid): Promise<void> {
  const { wanted, options } = search;
  const digits = wanted.count > 20_000 ? 2 : 1;
  let dealt: ReadonlyMap<string, readonly Oid[]> | undefined;
  const oidsOf = (start: string): readonly Oid[] => (dealt ??= deal(wanted, digits)).get(start) ?? [];
  const starts = wanted.startsOf(digits).filter((start) => start >= last.slice(0, digits));
  const work = concurrently(starts, { ...options, jobs: Math.min(driver.traits.concurrency, SHARDS_AT_ONCE) }, async (startsWith, signal) => {
    await listOrAsk(search, driver, { startsWith, oids: () => oidsOf(startsWith), signal });
  });
  for await (const _done of work);
}

function deal(wanted: OidSet, digits: number): ReadonlyMap<string, readonly Oid[]> {
  const shards = new Map<string, Oid[]>();
  for (const oid of wanted.oids()) {
    const start = oid.slice(0, digits);
    const shard = shards.get(start);
    if (shard) shard.push(oid);
    else shards.set(start, [oid]);
  }
  return shards;
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
    ({ cursor } = await takePage(search, driver, { folder, ...rest, ...(cursor !== undefined && { cursor }) }));
    if (cursor === undefined) return;
  }
}

interface Paged { readonly cursor: string | undefined; /** The last object of the page, where the service lists in order. */ readonly last: Oid | undefined }

/** One page, as bytes where the driver lends such, else entry by entry. */
async function takePage(search: Search, driver: With<'list'>, { folder, ...options }: ListOptions & { readonly folder: Path }): Promise<Paged> {
  const page = search.page();
  const { pages, known } = search;
  const { startsWith: start } = options;
  const isKnown = (answer: Uint8Array): boolean => {
    const isSame = start !== undefined && options.cursor === undefined && pages?.isKnown(start, answer) === true;
    if (isSame) known.add(start);
    return isSame;
  };
  const quick = await quickOf(driver).list?.(folder, { ...options, take: page.takeName, isKnown });
  // Only an answer that was read to its end, and was all, says what it had.
  if (start !== undefined && (quick === undefined || quick.cursor !== undefined)) pages?.forget(start);
  if (quick) {
    page.accept();
    return { cursor: quick.cursor, last: page.last() };
  }
  const { entries, cursor } = await driver.list(folder, options);
  for (const { path, size } of entries) search.take(path, size);
  return { cursor, last: cursor === undefined ? undefined : lastInOrder(search.name, entries) };
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

const folderOf = (path: Path): Path => path.slice(0, path.lastIndexOf('/')) as Path;
