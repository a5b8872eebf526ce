import type { HttpResponse } from '../../http/transport.ts';
import type { Entry } from '../../storage/driver.ts';
import type { Path } from '../../storage/path.ts';
import { inside, isRecord, strange } from './json.ts';

/** What the NameNode keeps about one name. */
export interface FileStatus {
  readonly kind: 'file' | 'directory' | 'other';
  /** '' where one name was asked for. */
  readonly name: string;
  readonly length: number;
  readonly modifiedAt: number;
  /** Changes when another file takes the name, or this one is written to. */
  readonly identity: string;
}

/** Reads one FileStatus: https://hadoop.apache.org/docs/r3.4.2/hadoop-project-dist/hadoop-hdfs/WebHDFS.html#FileStatus_JSON_Schema (2026-11-28). */
export function parseFileStatus(response: HttpResponse, value: unknown): FileStatus {
  if (!isRecord(value)) throw strange(response);
  const { type, length, modificationTime, pathSuffix = '', fileId = '' } = value;
  const isWhole = typeof type === 'string' && typeof pathSuffix === 'string' && isCount(length) && isCount(modificationTime);
  if (!isWhole) throw strange(response);
  const kind = type === 'FILE' ? 'file' : type === 'DIRECTORY' ? 'directory' : 'other';
  return { kind, name: pathSuffix, length, modifiedAt: modificationTime, identity: `${String(fileId)}:${modificationTime}:${length}` };
}

/** Reads the FileStatuses of an answer that has them under `keys`. */
export function parseStatuses(response: HttpResponse, answer: Readonly<Record<string, unknown>>, keys: readonly string[]): readonly FileStatus[] {
  const { FileStatus: values } = inside(response, answer, [...keys, 'FileStatuses']);
  if (!Array.isArray(values)) throw strange(response);
  return values.map((value) => parseFileStatus(response, value));
}

export function entryOf(path: Path, { kind, length, modifiedAt }: FileStatus, etag?: string): Entry {
  return { path, kind: kind === 'directory' ? 'directory' : 'file', ...(kind !== 'directory' && { size: length }), modifiedAt, ...(etag !== undefined && { etag }) };
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
