import { TowlineError } from '../../errors.ts';
import { throwIfAborted } from '../../storage/call.ts';
import type { Content, Driver, ListOptions, Page, ReadOptions, Versioned, WriteOptions, Written } from '../../storage/driver.ts';
import type { Path } from '../../storage/path.ts';
import type { Origin, Source } from '../../storage/source.ts';
import { receive } from './receive.ts';
import { createMemoryStore, describe, describeVersions, type MemoryStore, type Stored } from './store.ts';
import { openUpload } from './upload.ts';

/** How a memory storage behaves; the defaults suit a test. */
export interface MemoryOptions {
  /** What several drivers share. Default: a new store. */
  readonly store?: MemoryStore;
  readonly pageSize?: number;
  readonly partSize?: number;
}
const CHUNK = 64 * 1024;

/** A storage in memory with every verb but `presign`: the reference of the contract, and the storage of tests. */
export function createMemoryDriver(displayUrl: string, options: MemoryOptions = {}): Driver & Required<Pick<Driver, 'write' | 'list' | 'delete' | 'upload' | 'origin'>> & Versioned {
  const { pageSize = 1000, partSize = 1 << 20, store = createMemoryStore(displayUrl, { now: () => 0 }) } = options;
  return {
    displayUrl,
    traits: { writes: 'atomic', listing: 'subtree', etagField: 'etag', concurrency: 64, deleteBatch: 1000 },
    async stat(path, given) {
      throwIfAborted(given?.signal);
      return describe(path, store.get(path, given?.versionId));
    },
    read: async (path, given) => openContent(path, store.get(path, given?.versionId), given),
    async write(path, source, given) {
      checkMode(store, path, given);
      const { bytes, how } = await take(store, source, { path, given });
      checkMode(store, path, given);
      return { entry: describe(path, store.put(path, bytes)), how };
    },
    async list(folder, given) {
      const { paths, cursor } = pageOf(store, folder, { pageSize, given, isWanted: (path) => store.has(path) });
      return { entries: paths.map((path) => describe(path, store.get(path))), ...cursor };
    },
    async listVersions(folder, given) {
      if (!store.keepsVersions) throw new TowlineError('UNSUPPORTED', `${displayUrl} keeps no versions`);
      const { paths, cursor } = pageOf(store, folder, { pageSize, given, isWanted: () => true });
      return { entries: paths.flatMap((path) => describeVersions(path, store.objects.get(path) ?? [])), ...cursor };
    },
    async delete(names, given) {
      throwIfAborted(given?.signal);
      for (const { path, versionId } of names) store.remove(path, versionId);
      return names;
    },
    async upload(path, given) {
      throwIfAborted(given?.signal);
      const check = (): void => { checkMode(store, path, given); };
      check();
      return openUpload(store, path, { partSize, checkMode: check, ...(given?.resume !== undefined && { resume: given.resume }) });
    },
    origin: (path, given): Origin => ({ kind: 'object', service: 'memory', address: path, secrets: { store, path, versionId: given?.versionId } satisfies Place }),
  };
}

/** Where an object of a memory storage lies. */
interface Place { readonly store: MemoryStore; readonly path: Path; readonly versionId: string | undefined }

async function take(store: MemoryStore, source: Source, { path, given }: { readonly path: Path; readonly given: WriteOptions | undefined }): Promise<{ readonly bytes: Uint8Array; readonly how: Written['how'] }> {
  if (source.origin?.kind === 'object' && source.origin.service === 'memory') {
    const place = source.origin.secrets as Place;
    if (place.store === store) return { bytes: store.get(place.path, place.versionId).bytes, how: 'copied' };
  }
  return { bytes: await receive(source, `'${path}'`, given), how: 'streamed' };
}

function checkMode(store: MemoryStore, path: Path, options: WriteOptions = {}): void {
  throwIfAborted(options.signal);
  const { mode = 'overwrite' } = options;
  if (mode === 'overwrite') return;
  if (mode === 'create') {
    if (store.has(path)) throw new TowlineError('ALREADY_EXISTS', `'${path}' exists already on ${store.displayUrl}`);
    return;
  }
  if (!store.has(path) || store.get(path).etag !== mode.ifMatch) throw new TowlineError('PRECONDITION_FAILED', `'${path}' on ${store.displayUrl} has changed meanwhile`);
}

function openContent(path: Path, stored: Stored, options: ReadOptions = {}): Content {
  throwIfAborted(options.signal);
  if (options.ifMatch !== undefined && options.ifMatch !== stored.etag) throw new TowlineError('PRECONDITION_FAILED', `'${path}' is another object than before`);
  const bytes = stored.bytes.subarray(options.start ?? 0, options.end);
  let isCancelled = false;
  return {
    entry: describe(path, stored),
    body: (async function* () {
      for (let position = 0; position < bytes.byteLength && !isCancelled; position += CHUNK) {
        throwIfAborted(options.signal);
        yield bytes.subarray(position, position + CHUNK);
      }
    })(),
    cancel: () => { isCancelled = true; },
  };
}

interface Paging { readonly pageSize: number; readonly given: ListOptions | undefined; isWanted(path: Path): boolean }

function pageOf(store: MemoryStore, folder: Path, { pageSize, given, isWanted }: Paging): { readonly paths: readonly Path[]; readonly cursor: Pick<Page<never>, 'cursor'> } {
  throwIfAborted(given?.signal);
  const below = (folder === '' ? '' : `${folder}/`) + (given?.startsWith ?? '');
  const after = given?.cursor;
  const all = [...store.objects.keys()].filter((path) => path.startsWith(below) && (after === undefined || path > after) && isWanted(path)).sort();
  const paths = all.slice(0, pageSize);
  const last = paths.at(-1);
  return { paths, cursor: last !== undefined && all.length > pageSize ? { cursor: last } : {} };
}
