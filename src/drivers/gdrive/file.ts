import { TowlineError } from '../../errors.ts';
import type { Entry } from '../../storage/driver.ts';
import type { Path } from '../../storage/path.ts';

/** What the service says about one file or folder. */
export interface DriveFile {
  readonly id: string;
  readonly name: string;
  readonly mimeType: string;
  readonly parents: readonly string[];
  /** Absent for folders, shortcuts and most documents of Google. */
  readonly size: number | undefined;
  /** Of files with bytes of their own, and of no others. */
  readonly md5: string | undefined;
  readonly modifiedAt: number | undefined;
  /** True also inside a folder that was put into the trash. */
  readonly isTrashed: boolean;
  readonly driveId: string | undefined;
}

/** What is asked for about every file. */
export const FILE_FIELDS = 'id,name,mimeType,parents,size,md5Checksum,modifiedTime,trashed,driveId';
export const FOLDER_TYPE = 'application/vnd.google-apps.folder';

export const isFolder = ({ mimeType }: DriveFile): boolean => mimeType === FOLDER_TYPE;
/** Whether it has bytes: documents of Google, forms and shortcuts have none that could be read as they are. */
export const isObject = ({ mimeType, md5 }: DriveFile): boolean => md5 !== undefined || !mimeType.startsWith('application/vnd.google-apps.');

/** Names are not unique in a folder: of those that have one, PyDrive2 takes the smallest id, and so the same one counts for every program. */
export function chosen(files: readonly DriveFile[]): DriveFile | undefined {
  return files.reduce<DriveFile | undefined>((least, file) => (least === undefined || file.id < least.id ? file : least), undefined);
}

/** Reads a file out of an answer; CORRUPT when it is none. */
export function readFile(value: unknown): DriveFile {
  const fields = (typeof value === 'object' && value !== null ? value : {}) as Readonly<Record<string, unknown>>;
  const text = (name: string): string | undefined => (typeof fields[name] === 'string' ? fields[name] : undefined);
  const { id, name } = { id: text('id'), name: text('name') };
  // Ids become parts of addresses and questions.
  if (id === undefined || name === undefined || !/^[\w-]{1,200}$/.test(id)) throw new TowlineError('CORRUPT', 'The service answered with a file that has no name or no usable id', { hint: 'Look for a proxy between here and Google.' });
  const md5 = text('md5Checksum')?.toLowerCase();
  const size = text('size');
  const modifiedAt = Date.parse(text('modifiedTime') ?? '');
  const parents = Array.isArray(fields['parents']) ? fields['parents'].filter((parent): parent is string => typeof parent === 'string') : [];
  return {
    id, name, parents, mimeType: text('mimeType') ?? '',
    size: size !== undefined && /^\d{1,15}$/.test(size) ? Number(size) : undefined, md5: md5 !== undefined && /^[0-9a-f]{32}$/.test(md5) ? md5 : undefined,
    modifiedAt: Number.isNaN(modifiedAt) ? undefined : modifiedAt, isTrashed: fields['trashed'] === true, driveId: text('driveId'),
  };
}

/** A file as the contract wants it. Its MD5 is what DVC notes as the checksum of a dependency. */
export function entryOf(path: Path, { size, md5, modifiedAt }: DriveFile): Entry {
  return {
    path, kind: 'file', ...(size !== undefined && { size }), ...(modifiedAt !== undefined && { modifiedAt }),
    ...(md5 !== undefined && { etag: md5, checksum: { name: 'md5', value: md5 } as const }),
  };
}
