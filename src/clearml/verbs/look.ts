import { followFile } from '../../disk/read.ts';
import { hasCode, TowlineError } from '../../errors.ts';
import { concurrently } from '../../storage/concurrently.ts';
import type { Entry } from '../../storage/driver.ts';
import { parsePath } from '../../storage/path.ts';
import type { Storage } from '../../storage/storage.ts';
import type { LocalTarget, RemoteTarget } from '../places/target.ts';
import { pathOf, type Session } from '../session.ts';

/** What is known of an object. `name` is that in its bucket, of a web server the whole URL, here the path. */
export interface Metadata {
  readonly name: string;
  readonly size: number | null;
  /** SHA-256, in hex: what `uploadHash` wrote beside the object. Absent where nothing was written, or the storage keeps no metadata, and where it was not asked for. */
  readonly hash?: string;
}
export interface LookOptions {
  readonly returnFullPath?: boolean | undefined;
  /** Default false: the hash may cost a request for each object of a listing. */
  readonly readHash?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}
/** Where the hash of an object stands in its metadata. */
export const HASH_NAME = 'sha256';

/** Throws NOT_FOUND. */
export async function metadata(session: Session, url: string, { returnFullPath = false, readHash = false, signal }: LookOptions = {}): Promise<Metadata> {
  const target = await session.target(url, 'read');
  if (target.kind === 'local') {
    const info = followFile(target.path);
    if (info?.kind !== 'file') throw new TowlineError('NOT_FOUND', `there is no file '${target.path}'`, { context: { path: target.path } });
    return { name: returnFullPath && target.base !== '' ? target.base + target.path : target.path, size: info.size };
  }
  const entry = await (await session.open(target)).driver.stat(pathOf(target), { withMetadata: readHash, ...(signal && { signal }) });
  return { name: returnFullPath || target.isSingle === true ? `${target.base}/${target.name}` : target.name, size: entry.size ?? null, ...hashOf(entry) };
}

/** False for what is absent, and for a URL that ends with a slash; what cannot be asked throws. */
export async function exists(session: Session, url: string, options: LookOptions = {}): Promise<boolean> {
  if (url.endsWith('/')) return false;
  try {
    await metadata(session, url, options);
    return true;
  } catch (error) {
    if (hasCode(error, 'NOT_FOUND')) return false;
    throw error;
  }
}

/** One object of a listing. */
export interface Listed extends Metadata { readonly url: string; readonly entry: Entry }

/** What is no hash is not taken for one: anybody may have written it. */
function hashOf({ metadata = {} }: Entry): Pick<Metadata, 'hash'> {
  const hash = Object.hasOwn(metadata, HASH_NAME) ? metadata[HASH_NAME] : undefined;
  return hash !== undefined && /^[0-9a-f]{64}$/i.test(hash) ? { hash } : {};
}

/** All objects whose URL begins with `url`, as they come. On this machine: all files below a folder. */
export async function* listObjects(session: Session, url: string, { readHash = false, signal }: LookOptions = {}): AsyncGenerator<Listed> {
  const target = await session.target(url, 'read');
  const { storage, folder, startsWith } = target.kind === 'local' ? await localFolder(session, target) : await remotePrefix(session, target);
  const base = target.kind === 'local' ? url.replace(/\/+$/, '') : target.base;
  for await (const page of storage.walk(parsePath(folder), { ...(startsWith !== '' && { startsWith }), ...(readHash && { withMetadata: true }), ...(signal && { signal }) })) {
    for await (const entry of readHash ? described(storage, page, signal) : page) {
      if (target.kind === 'local' && /(?:^|\/)\.(?:lock|hash)\//.test(`${entry.path}/`)) continue;
      yield { name: entry.path, size: entry.size ?? null, ...hashOf(entry), url: `${base}/${entry.path}`, entry };
    }
  }
}

/** A service whose listings hold no metadata is asked for each object; one that is gone since is passed over. */
async function* described(storage: Storage, page: readonly Entry[], signal: AbortSignal | undefined): AsyncGenerator<Entry> {
  const jobs = storage.driver.traits.concurrency;
  for await (const entry of concurrently(page, { jobs, ...(signal && { signal }) }, async (listed, until) => (listed.metadata ? listed : await storage.find(listed.path, { withMetadata: true, signal: until })))) if (entry) yield entry;
}

interface Prefix { readonly storage: Storage; readonly folder: string; readonly startsWith: string }

async function localFolder(session: Session, { path }: LocalTarget): Promise<Prefix> {
  if (followFile(path)?.kind !== 'folder') throw new TowlineError('NOT_FOUND', `there is no folder '${path}'`, { context: { path } });
  return { storage: await session.folder(path), folder: '', startsWith: '' };
}

async function remotePrefix(session: Session, target: RemoteTarget): Promise<Prefix> {
  if (target.isSingle === true) throw new TowlineError('UNSUPPORTED', `${target.base} cannot be listed: web servers and ClearML's file server have no listing`, { hint: 'Ask for single files by their URLs.' });
  const cut = target.name.lastIndexOf('/') + 1;
  return { storage: await session.open(target), folder: target.name.slice(0, cut).replace(/\/+$/, ''), startsWith: target.name.slice(cut) };
}
