import { TowlineError } from '../../errors.ts';
import type { Checksum, Entry, StatOptions } from '../../storage/driver.ts';
import type { Path } from '../../storage/path.ts';

/** What is asked of an object: an answer without `fields` is some 1.5 KB. */
export const OBJECT_FIELDS = 'name,size,etag,generation,updated,md5Hash,crc32c';
/** In a listing: what a remote is compared by. */
export const LISTED_FIELDS = 'name,size,etag,generation,updated';

/** An object as the JSON API describes it (https://cloud.google.com/storage/docs/json_api/v1/objects#resource). */
export interface ObjectResource {
  readonly name: string;
  readonly size: number;
  readonly etag?: string;
  readonly generation?: string;
  readonly updatedAt?: number;
  /** When a newer generation or a deletion took its place. */
  readonly deletedAt?: number;
  /** Absent for objects that were composed, or uploaded in parts by the XML API. */
  readonly md5Hash?: string;
  readonly crc32c?: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

/** Reads one object out of an answer; CORRUPT when it is none. */
export function readResource(value: unknown): ObjectResource {
  const fields = (typeof value === 'object' && value !== null ? value : {}) as Readonly<Record<string, unknown>>;
  const { name, size } = fields;
  if (typeof name !== 'string' || name === '' || !/^\d{1,16}$/.test(typeof size === 'number' ? String(size) : typeof size === 'string' ? size : '')) {
    throw new TowlineError('CORRUPT', 'The server described an object without a name or a size', { hint: 'Look whether the endpoint is Google Cloud Storage.' });
  }
  const text = (key: string): string | undefined => (typeof fields[key] === 'string' && fields[key] !== '' ? fields[key] : undefined);
  const time = (key: string): number | undefined => {
    const milliseconds = Date.parse(text(key) ?? '');
    return Number.isNaN(milliseconds) ? undefined : milliseconds;
  };
  const generation = text('generation');
  return defined({
    name, size: Number(size), etag: text('etag'), generation: /^\d+$/.test(generation ?? '') ? generation : undefined,
    updatedAt: time('updated'), deletedAt: time('timeDeleted'), md5Hash: text('md5Hash'), crc32c: text('crc32c'), metadata: metadataIn(fields['metadata']),
  });
}

/** The object as an entry. */
export function entryOf(path: Path, { size, etag, generation, updatedAt, md5Hash, crc32c, metadata = {} }: ObjectResource, { withMetadata = false }: Pick<StatOptions, 'withMetadata'> = {}): Entry {
  return defined({ path, kind: 'file', size, etag: etag === undefined ? undefined : hexEtag(etag), versionId: generation, modifiedAt: updatedAt, checksum: checksumOf(md5Hash, crc32c), metadata: withMetadata ? metadata : undefined } as const);
}

/** Absent where there is none, and where its field was not asked for. */
function metadataIn(value: unknown): ObjectResource['metadata'] {
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value).filter(([, one]) => typeof one === 'string')) as ObjectResource['metadata'] : undefined;
}

/** An ETag as DVC writes it: the hex of what its base64 stands for. */
export const hexEtag = (etag: string): string => Buffer.from(etag.replaceAll('"', ''), 'base64').toString('hex');

/** What the service vouches for: the MD5 where it has one. */
export function checksumOf(md5Hash: string | undefined, crc32c: string | undefined): Checksum | undefined {
  const md5 = md5Hash === undefined ? '' : Buffer.from(md5Hash, 'base64').toString('hex');
  if (md5.length === 32) return { name: 'md5', value: md5 };
  return crc32c === undefined ? undefined : { name: 'crc32c', value: crc32c };
}

/** The hashes of a source that the service checks, as fields of an upload. */
export function hashFields(checksum: Checksum | undefined): { readonly md5Hash?: string; readonly crc32c?: string } {
  if (checksum?.name === 'md5' && /^[0-9a-f]{32}$/i.test(checksum.value)) return { md5Hash: Buffer.from(checksum.value, 'hex').toString('base64') };
  return checksum?.name === 'crc32c' ? { crc32c: checksum.value } : {};
}

type Defined<T> = { readonly [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & { readonly [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined> };

/** Without the members that are undefined. */
export function defined<T extends object>(value: T): Defined<T> {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as unknown as Defined<T>;
}
