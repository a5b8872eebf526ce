import { createHash, randomBytes } from 'node:crypto';

export const FOLDER = 'application/vnd.google-apps.folder';

/** Where a file of the fake lies. */
export interface FakePlace {
  parents: readonly string[];
  /** The shared drive it lies in. */
  readonly driveId: string | undefined;
  readonly space: 'drive' | 'appDataFolder';
}
/** A file or folder of the fake. Names are not unique, ids are. */
export interface FakeFile extends FakePlace {
  readonly id: string;
  name: string;
  mimeType: string;
  /** Absent for what has none: folders, documents of Google. */
  bytes: Buffer | undefined;
  md5: string | undefined;
  modifiedAt: number;
  isTrashed: boolean;
  isAbusive: boolean;
  properties: Readonly<Record<string, string>>;
}
/** What is given for a new file. */
export interface NewFile {
  readonly name: string;
  readonly parent: string;
  readonly mimeType?: string;
  readonly bytes?: Uint8Array;
  /** Default: a random one. */
  readonly id?: string;
  readonly properties?: Readonly<Record<string, string>>;
}
/** Everything the fake keeps. */
export interface DriveStore {
  readonly files: Map<string, FakeFile>;
  /** The real id of 'root' and 'appDataFolder'; other ids as they are. */
  resolve(id: string): string;
  add(file: NewFile): FakeFile;
  addDrive(name: string): string;
  fill(file: FakeFile, bytes: Uint8Array): void;
  isTrashed(file: FakeFile): boolean;
  /** With everything in it. */
  remove(file: FakeFile): void;
  /** The file of a path of names; the smallest id where there are several. */
  find(parent: string, path: string): FakeFile | undefined;
  /** Paths of files with bytes below a folder. */
  contents(parent: string): ReadonlyMap<string, FakeFile>;
}

export const newId = (): string => `1${randomBytes(24).toString('base64url').replaceAll('-', 'x')}`;

export function createDriveStore(): DriveStore {
  const files = new Map<string, FakeFile>();
  const aliases: Readonly<Record<string, string>> = { root: `0A${randomBytes(12).toString('hex')}`, appDataFolder: newId() };
  const resolve = (id: string): string => aliases[id] ?? id;
  const put = (file: Pick<FakeFile, 'id' | 'name' | 'parents' | 'driveId' | 'space'> & Partial<FakeFile>): FakeFile => {
    const whole: FakeFile = { mimeType: FOLDER, bytes: undefined, md5: undefined, modifiedAt: Date.now(), isTrashed: false, isAbusive: false, properties: {}, ...file };
    files.set(file.id, whole);
    return whole;
  };
  put({ id: resolve('root'), name: 'My Drive', parents: [], driveId: undefined, space: 'drive' });
  put({ id: resolve('appDataFolder'), name: 'Application Data', parents: [], driveId: undefined, space: 'appDataFolder' });
  const children = (id: string): readonly FakeFile[] => [...files.values()].filter(({ parents }) => parents.includes(id));
  const store: DriveStore = {
    files, resolve,
    add({ name, parent, mimeType = 'application/octet-stream', bytes, id = newId(), properties = {} }) {
      const above = files.get(resolve(parent));
      if (!above) throw new Error(`no folder ${parent}`);
      const file = put({ id, name, mimeType, parents: [above.id], driveId: above.driveId, space: above.space, properties });
      if (bytes) store.fill(file, bytes);
      return file;
    },
    addDrive(name) {
      const id = `0A${randomBytes(8).toString('hex')}PVA`;
      put({ id, name, parents: [], driveId: id, space: 'drive' });
      return id;
    },
    fill(file, bytes) {
      file.bytes = Buffer.from(bytes);
      file.md5 = createHash('md5').update(bytes).digest('hex');
      file.modifiedAt = Date.now();
    },
    isTrashed: (file) => file.isTrashed || file.parents.some((id) => { const above = files.get(id); return above !== undefined && store.isTrashed(above); }),
    remove(file) {
      for (const child of children(file.id)) store.remove(child);
      files.delete(file.id);
    },
    find(parent, path) {
      const [name = '', ...rest] = path.split('/');
      const [found] = children(resolve(parent)).filter((file) => file.name === name && !store.isTrashed(file)).sort((a, b) => (a.id < b.id ? -1 : 1));
      return found === undefined || rest.length === 0 ? found : store.find(found.id, rest.join('/'));
    },
    contents(parent) {
      const found = new Map<string, FakeFile>();
      for (const file of children(resolve(parent))) {
        if (store.isTrashed(file)) continue;
        if (file.bytes) found.set(file.name, file);
        for (const [path, below] of store.contents(file.id)) found.set(`${file.name}/${path}`, below);
      }
      return found;
    },
  };
  return store;
}
