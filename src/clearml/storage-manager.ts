import { TowlineError, hasCode } from '../errors.ts';
import { bodyOf } from '../storage/content.ts';
import type { Content, ReadOptions } from '../storage/driver.ts';
import type { Source } from '../storage/source.ts';
import { type Cache, openCache } from './cache/open-cache.ts';
import { partAt } from './config/values.ts';
import { filesServer } from './places/file-server.ts';
import type { Substitution } from './places/substitution.ts';
import { openSession, pathOf, type Session, type SessionOptions } from './session.ts';
import { download, downloadFolder, type DownloadFolderOptions, type DownloadOptions } from './verbs/download.ts';
import { type CopyOptions, getCopy } from './verbs/get-copy.ts';
import { exists, type LookOptions, listObjects, metadata, type Metadata } from './verbs/look.ts';
import { checkWritePermissions, remove } from './verbs/remove.ts';
import { type FolderOptions, upload, uploadFolder, type UploadOptions, uploadStream } from './verbs/upload.ts';
import type { Moving } from './verbs/save.ts';

interface Silence { /** Default false: what fails is a warning. */ readonly silenceErrors?: boolean | undefined }

export interface Uploads {
  /** Gives the URL of the object. Throws. */
  uploadFile(localFile: string, remoteUrl: string, options?: UploadOptions): Promise<string>;
  /** Gives `remoteUrl`, or null when a file could not be stored or the folder is not there, with a warning that names them. */
  uploadFolder(localFolder: string, remoteUrl: string, options?: FolderOptions): Promise<string | null>;
  uploadFromStream(source: Source, remoteUrl: string, options?: Moving): Promise<string>;
}
export interface Downloads {
  /** The path of a copy in the cache, or where the object lies if that is here. Null when it cannot be had, with a warning; throws when the configuration does not allow to ask. */
  getLocalCopy(remoteUrl: string, options?: CopyOptions): Promise<string | null>;
  /** The path of the file, or null as above. */
  downloadFile(remoteUrl: string, options?: DownloadOptions & Silence): Promise<string | null>;
  /** The folder. Throws when an object could not be saved, after all others; with `silenceErrors` it gives the folder all the same, as ClearML does. */
  downloadFolder(remoteUrl: string, options?: DownloadFolderOptions & Silence): Promise<string | null>;
  /** The object as a stream, or a range of it. Throws. */
  openRead(remoteUrl: string, options?: ReadOptions): Promise<Content>;
  downloadAsStream(remoteUrl: string, options?: ReadOptions): AsyncIterable<Uint8Array>;
}
export interface Looks {
  /** Names below a prefix, or null when it cannot be listed, with a warning. */
  list(remoteUrl: string, options: LookOptions & { readonly withMetadata: true }): Promise<readonly Metadata[] | null>;
  list(remoteUrl: string, options?: LookOptions & { readonly withMetadata?: false }): Promise<readonly string[] | null>;
  /** The same with metadata, as they come. Throws. */
  stream(remoteUrl: string, options?: LookOptions): AsyncIterable<Metadata>;
  /** False for what is absent or cannot be asked. */
  existsFile(remoteUrl: string): Promise<boolean>;
  /** Null for what is absent. */
  getMetadata(remoteUrl: string, options?: LookOptions): Promise<Metadata | null>;
  /** Null for what is absent, with a warning. */
  getFileSizeBytes(remoteUrl: string, options?: Silence): Promise<number | null>;
}
export interface Changes {
  /** False when there was nothing. */
  deleteFile(remoteUrl: string): Promise<boolean>;
  /** True, or throws what is not allowed. */
  checkWritePermissions(remoteUrl: string): Promise<true>;
  /** Counts before the rules of the configuration, for this manager. */
  addPathSubstitution(substitution: Substitution): void;
  clearPathSubstitutions(): void;
}
export interface Settings {
  /** Sets exactly what is asked, and gives it back. */
  setCacheFileLimit(limit: number, cacheContext?: string): number;
  setReportUploadChunkSize(megabytes: number): void;
  setReportDownloadChunkSize(megabytes: number): void;
  getFilesServer(): string;
  close(): Promise<void>;
}
/** ClearML's StorageManager. It holds no state of the process: each has its own configuration, connections and limits. */
export interface StorageManager extends Uploads, Downloads, Looks, Changes, Settings {}

export function createStorageManager(options: SessionOptions): StorageManager {
  const session = openSession(options);
  const cache = openCache(session);
  const reports = createReports(session);
  const warned = async <T>(what: string, act: () => Promise<T>, silence: Silence = {}): Promise<T | null> => {
    try {
      return await act();
    } catch (error) {
      if (!isContract(error)) throw error;
      if (silence.silenceErrors !== true) session.lent.warn({ code: error.code, text: `${what}: ${error.message}` });
      return null;
    }
  };
  return {
    ...uploads(session, { warned, reports }), ...downloads(session, cache, { warned, reports }), ...looks(session, warned),
    deleteFile: (url) => remove(session, url),
    checkWritePermissions: (url) => checkWritePermissions(session, url),
    addPathSubstitution: (substitution) => { session.addSubstitution(substitution); },
    clearPathSubstitutions: () => { session.addSubstitution(); },
    setCacheFileLimit: (limit, context = 'global') => cache.layout.setLimit(limit, context),
    setReportUploadChunkSize: reports.setUploadChunk,
    setReportDownloadChunkSize: reports.setDownloadChunk,
    getFilesServer: () => filesServer(session.config),
    async close() {
      cache.claims.close();
      await session.close();
    },
  };
}

type Warned = <T>(what: string, act: () => Promise<T>, silence?: Silence) => Promise<T | null>;
interface Around { readonly warned: Warned; readonly reports: Reports }

/** What ClearML answers with None or False; a wrong configuration, a missing login and a cancellation are not among it. */
function isContract(error: unknown): error is TowlineError {
  return error instanceof TowlineError && !['INVALID_CONFIG', 'UNAUTHENTICATED', 'ABORTED', 'INVALID_ARGUMENT'].includes(error.code);
}

function uploads(session: Session, { warned, reports }: Around): Uploads {
  return {
    uploadFile: (file, url, options = {}) => upload(session, file, { ...reports.upload(file, options), url }),
    uploadFolder: async (folder, url, options = {}) => await warned(`Failed uploading '${folder}'`, async () => {
      const { failed, done } = await uploadFolder(session, folder, { ...options, url });
      if (failed.length === 0) return url;
      throw new TowlineError('UNAVAILABLE', `Failed uploading ${failed.length}/${failed.length + done.length} files from ${folder}: ${some(failed)}`, { cause: failed[0]?.error });
    }),
    uploadFromStream: (source, url, options) => uploadStream(session, source, { ...options, url }),
  };
}

function downloads(session: Session, cache: Cache, { warned, reports }: Around): Downloads {
  const openRead: Downloads['openRead'] = async (url, options) => {
    const target = await session.target(url, 'read');
    if (target.kind === 'remote') return await (await session.open(target)).driver.read(pathOf(target), options);
    const cut = target.path.lastIndexOf('/') + 1;
    const folder = await session.folder(target.path.slice(0, cut) || '/');
    return await folder.driver.read(pathOf({ ...EMPTY, name: target.path.slice(cut) }), options);
  };
  return {
    openRead,
    getLocalCopy: async (url, options = {}) => await warned(`Could not download ${url}`, () => getCopy(session, cache, { ...reports.download(url, options), url })),
    downloadFile: async (url, options = {}) => await warned(`Could not download ${url}`, () => download(session, url, reports.download(url, options)), options),
    async downloadFolder(url, options = {}) {
      const { folder, failed, done } = await downloadFolder(session, url, options);
      if (done.length + failed.length === 0) session.lent.warn({ code: 'NOT_FOUND', text: `Did not download any files matching ${url}` });
      if (failed.length === 0 || options.silenceErrors === true) return folder;
      const code = failed[0]?.error instanceof TowlineError ? failed[0].error.code : 'UNKNOWN';
      throw new TowlineError(code, `Failed downloading ${failed.length}/${failed.length + done.length} files of ${url}: ${some(failed)}`, { cause: failed[0]?.error });
    },
    async *downloadAsStream(url, options) {
      yield* bodyOf(await openRead(url, options));
    },
  };
}

const EMPTY = { kind: 'remote', base: '', reason: '', remote: { name: '', url: '', layout: 'objects', jobs: undefined, settings: new Map(), isTrusted: false } } as const;
const some = (failed: readonly { readonly path: string; readonly error: Error }[]): string => failed.slice(0, 3).map(({ path, error }) => `${path} (${error.message})`).join('; ') + (failed.length > 3 ? '; ...' : '');

function looks(session: Session, warned: Warned): Looks {
  async function* stream(url: string, options: LookOptions = {}): AsyncGenerator<Metadata> {
    for await (const { entry: _entry, url: whole, ...found } of listObjects(session, url, options)) yield options.returnFullPath === true ? { ...found, name: whole } : found;
  }
  async function list(url: string, options: LookOptions & { readonly withMetadata: true }): Promise<readonly Metadata[] | null>;
  async function list(url: string, options?: LookOptions): Promise<readonly string[] | null>;
  async function list(url: string, { withMetadata = false, readHash = false, ...options }: LookOptions & { readonly withMetadata?: boolean } = {}): Promise<readonly (string | Metadata)[] | null> {
    return await warned(`Can not list files for '${url}'`, async () => {
      const found: (string | Metadata)[] = [];
      for await (const one of stream(url, { ...options, readHash: withMetadata && readHash })) found.push(withMetadata ? one : one.name);
      return found;
    });
  }
  return {
    list, stream,
    existsFile: async (url) => (await warned(url, () => exists(session, url), { silenceErrors: true })) ?? false,
    async getMetadata(url, options) {
      try {
        return await metadata(session, url, options);
      } catch (error) {
        if (hasCode(error, 'NOT_FOUND')) return null;
        throw error;
      }
    },
    getFileSizeBytes: async (url, silence) => await warned('Failed getting object size', async () => (await metadata(session, url)).size, silence),
  };
}

interface Reports {
  upload<T extends Moving>(label: string, options: T): T;
  download<T extends Moving>(label: string, options: T): T;
  setUploadChunk(megabytes: number): void;
  setDownloadChunk(megabytes: number): void;
}

/** Progress is reported in steps of so many megabytes. */
function createReports({ config, lent: { report } }: Session): Reports {
  const log = partAt(config, 'sdk.storage.log');
  const megabytes = (key: string): number => atLeastOne(log.number(key) ?? 5);
  const chunk = { upload: megabytes('report_upload_chunk_size_mb'), download: megabytes('report_download_chunk_size_mb') };
  const reported = <T extends Moving>(label: string, options: T, way: 'upload' | 'download'): T => {
    if (report === undefined || options.onBytes !== undefined) return options;
    let pending = 0;
    return { ...options, onBytes: (bytes: number) => {
      pending += bytes;
      if (pending < chunk[way] * 1e6) return;
      report({ kind: 'advance', files: 0, bytes: pending, label });
      pending = 0;
    } };
  };
  return {
    upload: (label, options) => reported(label, options, 'upload'),
    download: (label, options) => reported(label, options, 'download'),
    setUploadChunk: (size) => { chunk.upload = atLeastOne(size); },
    setDownloadChunk: (size) => { chunk.download = atLeastOne(size); },
  };
}

const atLeastOne = (megabytes: number): number => Math.max(1, Math.floor(megabytes));
