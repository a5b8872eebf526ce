import { basename, join } from 'node:path';
import { followFile, listFolder } from '../../disk/read.ts';
import { hasCode, TowlineError } from '../../errors.ts';
import { inParallel } from '../../storage/in-parallel.ts';
import { parsePath } from '../../storage/path.ts';
import type { Source } from '../../storage/source.ts';
import { createDigest } from '../../storage/verified.ts';
import { partAt } from '../config/values.ts';
import { contentTypeOf } from '../places/content-type.ts';
import { globPattern } from '../places/direct-access.ts';
import { quoteUrl } from '../places/http-place.ts';
import type { LocalTarget, RemoteTarget } from '../places/target.ts';
import type { Session } from '../session.ts';
import { HASH_NAME } from './look.ts';
import { fileSource, type Moving, saveFile, UPLOADED } from './save.ts';

export interface UploadOptions extends Moving {
  /** Tries in all; zero or nothing: what `network.file_upload_retries` says. */
  readonly retries?: number | undefined;
  /** Keeps the SHA-256 beside the object, where the storage keeps metadata: the one given, or with `true` that of the file, which is read once more for it. */
  readonly uploadHash?: string | true | undefined;
}

/** Stores a file and gives the URL it has then. A bucket alone, and a folder with a slash at its end, get the file's own name. */
export async function upload(session: Session, file: string, { url, ...options }: UploadOptions & { readonly url: string }): Promise<string> {
  const path = session.absolute(file);
  const info = followFile(path);
  if (info === undefined) throw new TowlineError('NOT_FOUND', `there is no file '${file}'`, { hint: 'Check the path.', context: { path } });
  if (info.kind === 'folder') throw new TowlineError('INVALID_ARGUMENT', `'${file}' is a folder`, { hint: 'Use uploadFolder, or --recursive.' });
  if (typeof options.uploadHash === 'string' && !/^[0-9a-f]{64}$/i.test(options.uploadHash)) throw new TowlineError('INVALID_ARGUMENT', `'${options.uploadHash}' is no SHA-256`, { hint: 'Give 64 hexadecimal digits, or true.' });
  const target = named(await session.target(url, 'write'), basename(path), url);
  return await repeatedly(session, options, async () => {
    if (target.kind === 'local') {
      await saveFile(session, path, { ...options, to: target.path, mode: UPLOADED });
      return target.base === '' ? session.substitute(whole(url, basename(path))) : `${target.base}${target.path}`;
    }
    const source = fileSource(path);
    await store(session, target, { ...options, source, name: basename(path), hash: options.uploadHash === true ? await sha256(source, options.signal) : options.uploadHash });
    return urlOf(target);
  });
}

/** Stores what a stream gives. Its bytes are there once, so nothing is tried again. */
export async function uploadStream(session: Session, source: Source, { url, ...options }: Moving & { readonly url: string }): Promise<string> {
  const target = await session.target(url, 'write');
  if (target.kind === 'local') {
    const folder = await session.folder(join(target.path, '..'), UPLOADED);
    await folder.require('write').write(parsePath(basename(target.path)), source, options.signal && { signal: options.signal });
    return url;
  }
  if (target.name === '' || target.name.endsWith('/')) throw new TowlineError('INVALID_ARGUMENT', `'${url}' names no object, and a stream has no name of its own`);
  await store(session, target, { ...options, source, name: target.name });
  return urlOf(target);
}

/** The object's URL as it is handed on: names on web servers are quoted, those in buckets are not. */
const urlOf = ({ base, name, spell }: RemoteTarget): string => (spell ? quoteUrl(`${base}/${name}`) : `${base}/${name}`);

async function store(session: Session, target: RemoteTarget, { source, name, hash, signal, onBytes }: Moving & { readonly source: Source; readonly name: string; readonly hash?: string | undefined }): Promise<void> {
  if (target.written?.refused !== undefined) throw new TowlineError('UNSUPPORTED', `${target.written.refused.join(', ')} of clearml.conf cannot be honoured`, { hint: 'Remove it, or upload by another program.' });
  const storage = await session.open(target);
  const metadata = { ...(hash !== undefined && { [HASH_NAME]: hash }), ...target.written?.metadata };
  const counted: Source = onBytes === undefined ? source : { ...source, async *open(options) {
    for await (const chunk of source.open(options)) {
      onBytes(chunk.byteLength);
      yield chunk;
    }
  } };
  await storage.require('write').write(parsePath(target.name), counted, {
    contentType: target.written?.contentType ?? contentTypeOf(name, target.written?.unknownType), ...(Object.keys(metadata).length > 0 && { metadata }), ...(signal && { signal }),
  });
}

async function sha256(source: Source, signal: AbortSignal | undefined): Promise<string> {
  const digest = createDigest('sha256');
  for await (const chunk of source.open(signal && { signal })) digest.update(chunk);
  return digest.digest();
}

const whole = (url: string, name: string): string => (url.endsWith('/') ? url + name : url);

function named(target: LocalTarget | RemoteTarget, name: string, url: string): LocalTarget | RemoteTarget {
  if (target.kind === 'local') return url.endsWith('/') ? { ...target, path: join(target.path, name) } : target;
  return target.name === '' || target.name.endsWith('/') ? { ...target, name: target.name + name } : target;
}

/** The layers below repeat calls; this repeats a whole upload, where it may help. */
async function repeatedly<T>({ config, lent }: Session, { retries, signal }: UploadOptions, act: () => Promise<T>): Promise<T> {
  const tries = Math.max(1, retries !== undefined && retries > 0 ? retries : partAt(config, 'sdk.network').number('file_upload_retries') ?? 3);
  for (let count = 1; ; count++) {
    try {
      return await act();
    } catch (error) {
      const mayHelp = error instanceof TowlineError && error.retryable && !hasCode(error, 'ABORTED');
      if (!mayHelp || count >= tries) throw error;
      await lent.wait(Math.min(30_000, 500 * 2 ** (count - 1)), signal);
    }
  }
}

export interface FolderOptions extends UploadOptions {
  /** Python's `Path.rglob`: '*.json' at any depth, 'sub/*' in any folder 'sub'. */
  readonly matchWildcard?: string | undefined;
  readonly jobs?: number | undefined;
}
/** What became of a folder. */
export interface FolderResult { readonly url: string; readonly done: readonly string[]; readonly failed: readonly { readonly path: string; readonly error: Error }[] }

/** Stores every file of a folder that matches, hidden ones too; links to folders are not followed. */
export async function uploadFolder(session: Session, folder: string, { url, ...options }: FolderOptions & { readonly url: string }): Promise<FolderResult> {
  const top = session.absolute(folder);
  if (followFile(top)?.kind !== 'folder') throw new TowlineError('NOT_FOUND', `Local folder '${folder}' does not exist`, { context: { path: top } });
  const matches = rglob(options.matchWildcard ?? '*');
  const files = below(top, '').filter(matches);
  const base = url.replace(/\/+$/, '');
  const results = await inParallel(files, options.jobs ?? 16, async (path) => {
    try {
      await upload(session, join(top, path), { ...options, url: `${base}/${path}` });
      return undefined;
    } catch (error) {
      if (hasCode(error, 'ABORTED') || !(error instanceof Error)) throw error;
      return error;
    }
  });
  const failed = results.flatMap((error, index) => (error === undefined ? [] : [{ path: files[index] ?? '', error }]));
  return { url, done: files.filter((_file, index) => results[index] === undefined), failed };
}

function below(folder: string, prefix: string): readonly string[] {
  return listFolder(folder).flatMap(({ name, kind }) => {
    if (kind === 'folder') return below(join(folder, name), `${prefix}${name}/`);
    return kind === 'file' || (kind === 'link' && followFile(join(folder, name))?.kind === 'file') ? [prefix + name] : [];
  });
}

/** The pattern is compared with the last segments of a path, segment by segment. */
export function rglob(pattern: string): (path: string) => boolean {
  const wanted = pattern.split('/').filter((segment) => segment !== '');
  const matchers = wanted.map((segment) => (segment === '**' ? undefined : globPattern(segment)));
  const fits = (segments: readonly string[], at: number): boolean => {
    if (at === matchers.length) return segments.length === 0;
    const matcher = matchers[at];
    if (matcher === undefined) return segments.some((_segment, cut) => fits(segments.slice(cut), at + 1));
    const [first, ...rest] = segments;
    return first !== undefined && matcher(first) && fits(rest, at + 1);
  };
  return (path) => {
    const segments = path.split('/');
    return segments.some((_segment, cut) => fits(segments.slice(cut), 0));
  };
}
