import { basename } from 'node:path';

import { isTreeOid } from '../../odb/hash-info.ts';
import type { CallOptions } from '../../storage/call.ts';
import type { Lent } from '../repo.ts';
import { foldersOf, type Listed } from '../sources/listed.ts';
import type { Overlay } from '../sources/other-config.ts';
import { openOther } from '../sources/other-repo.ts';
import { type Contents, contentsAt, type OtherFile } from '../sources/repo-contents.ts';

/** What to list of which repository. */
export interface ListRequest extends Overlay {
  readonly url: string;
  readonly path?: string;
  readonly revision?: string;
  readonly cwd: string;
  readonly recursive?: boolean;
  /** How deep; only with `recursive`. */
  readonly level?: number;
  readonly dvcOnly?: boolean;
}

/** One name, and what is known of it. */
export interface ListedFile extends Listed {
  /** It is tracked by DVC. */
  readonly isOut: boolean;
  readonly isExecutable: boolean;
  /** Of what DVC tracks. */
  readonly md5?: string;
}

/** The files and folders of another repository, those that DVC tracks among them, in the order of their names. Throws NOT_FOUND. */
export async function list(lent: Lent, request: ListRequest, call: CallOptions = {}): Promise<readonly ListedFile[]> {
  const { path = '', recursive, level, dvcOnly } = request;
  const other = await openOther(lent, { ...request, bases: [request.cwd] }, call);
  try {
    const contents = await contentsAt(other, path, { ...call, lent, withDvcFiles: true, isTrackedOnly: dvcOnly === true, isShallow: recursive !== true });
    if (recursive === true && level === 0 && contents.kind === 'directory') return [{ path: basename(path) || '.', isFolder: true, isOut: false, isExecutable: false }];
    if (contents.kind === 'file') return [await describe(contents.files[0], basename(path))];
    return await describeAll(contents, request);
  } finally {
    await other.close();
  }
}

async function describeAll({ files }: Contents, request: ListRequest): Promise<readonly ListedFile[]> {
  const byPath = new Map(files.map((file) => [file.relpath, file]));
  const folders = new Map(files.flatMap((file) => outputFolder(file)));
  const shown = foldersOf(files.map(({ relpath }): Listed => ({ path: relpath, isFolder: false })), request);
  return Promise.all(shown.map(async ({ path, isFolder }): Promise<ListedFile> => {
    const folder = folders.get(path);
    if (folder) return folderOf(path, folder);
    return isFolder ? { path, isFolder, isOut: isInside(files, path), isExecutable: false } : describe(byPath.get(path), path);
  }));
}

/** Whether a folder is part of a tracked directory. */
function isInside(files: readonly OtherFile[], folder: string): boolean {
  const one = files.find(({ relpath }) => relpath.startsWith(`${folder}/`));
  const above = one?.path.slice(0, one.path.length - one.relpath.length) ?? '';
  return one?.tracked !== undefined && `${above}${folder}`.startsWith(`${one.tracked.output.path}/`);
}

/** The tracked directory that a file is in, by its place in what is listed. */
function outputFolder({ relpath, path, tracked }: OtherFile): readonly (readonly [string, NonNullable<OtherFile['tracked']>])[] {
  const hash = tracked?.output.hash;
  if (!tracked || !hash || !isTreeOid(hash.value) || path.length - tracked.output.path.length > relpath.length) return [];
  return [[relpath.slice(0, relpath.length - (path.length - tracked.output.path.length)), tracked]];
}

function folderOf(path: string, { output: { hash, meta } }: NonNullable<OtherFile['tracked']>): ListedFile {
  return { path, isFolder: true, isOut: true, isExecutable: false, ...(meta.size !== undefined && { size: meta.size }), ...(hash && { md5: hash.value }) };
}

async function describe(file: OtherFile | undefined, path: string): Promise<ListedFile> {
  if (!file) return { path, isFolder: false, isOut: false, isExecutable: false };
  const { repo, tracked } = file;
  const isOut = tracked !== undefined;
  const isWhole = tracked?.inner === '';
  // What DVC tracks lies in a work tree only.
  const look = tracked && repo.commit !== undefined ? undefined : await repo.revision.look(file.path);
  const size = look?.size ?? (isWhole ? tracked?.output.meta.size : undefined);
  const isExecutable = look?.isExecutable ?? (isWhole && tracked?.output.meta.isexec === true);
  return { path, isFolder: false, isOut, isExecutable, ...(size !== undefined && { size }), ...(tracked?.oid !== undefined && { md5: tracked.oid }) };
}
