import { TowlineError } from '../../errors.ts';
import type { CallOptions } from '../../storage/driver.ts';
import type { Path } from '../../storage/path.ts';
import type { Origin } from '../../storage/source.ts';
import { encodeKey, encodeQuery } from './encoding.ts';
import { serviceOf } from './endpoint.ts';
import type { Session } from './session.ts';
import type { Header } from './sigv4.ts';
import { readFields } from '../../http/xml.ts';

/** Larger than what the service says of a copy. */
export const COPY_ANSWER_BYTES = 64 * 1024;

/** What a request about a part names. */
export interface PartTarget {
  readonly key: string;
  readonly uploadId: string;
}

/** Where an object lies, so that another driver of the same service can copy it there. */
export function originOf({ client, keyOf, headers }: Session, path: Path, versionId: string | undefined): Origin {
  const { url, bucket } = client.settings.endpoint;
  const key = keyOf(path);
  return {
    kind: 'object', service: 's3', secrets: headers.sourceKey,
    // Made when asked for: few targets are of the same service.
    get address() { return JSON.stringify([serviceOf(url), bucket, key, versionId ?? null]); },
  };
}

/** The headers that name the source of a copy; undefined when `origin` is of another service. */
export function copySource({ client }: Session, origin: Origin | undefined): readonly Header[] | undefined {
  if (origin?.kind !== 'object' || origin.service !== 's3') return undefined;
  // Text from our own `originOf`: another process never writes it.
  const [service, bucket, key, versionId] = JSON.parse(origin.address) as readonly [string, string, string, string | null];
  if (service !== serviceOf(client.settings.endpoint.url)) return undefined;
  const version = versionId === null ? '' : `?${encodeQuery({ versionId })}`;
  return [['x-amz-copy-source', `/${bucket}/${encodeKey(key)}${version}`], ...keysOf(origin.secrets)];
}

const keysOf = (secrets: unknown): readonly Header[] =>
  (Array.isArray(secrets) ? secrets : []).filter((pair): pair is Header => Array.isArray(pair) && /^x-amz-copy-source-[a-z0-9-]+$/.test(String(pair[0])) && typeof pair[1] === 'string');

interface CopiedPart {
  readonly number: number;
  readonly start: number;
  readonly end: number;
  readonly from: readonly Header[];
  readonly options: CallOptions;
}

/** Copies one range of an object into a part; gives the part's tag. */
export async function copyPart({ client, headers }: Session, { key, uploadId }: PartTarget, { number, start, end, from, options }: CopiedPart): Promise<string> {
  const { text } = await client.ask({
    method: 'PUT', verb: 'copy to', key, query: encodeQuery({ partNumber: number, uploadId }),
    headers: [...headers.key, ...from, ['x-amz-copy-source-range', `bytes=${start}-${end - 1}`]], signal: options.signal,
  }, COPY_ANSWER_BYTES);
  const tag = readFields(text).fields.get('ETag');
  if (tag === undefined) throw new TowlineError('CORRUPT', `${client.where(key)}: the service named no tag for part ${number}`);
  return tag;
}
