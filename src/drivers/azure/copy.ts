import { hasCode, TowlineError } from '../../errors.ts';
import { contentMd5 } from '../../storage/content-md5.ts';
import type { Entry, WriteOptions } from '../../storage/driver.ts';
import { inParallel } from '../../storage/in-parallel.ts';
import type { Path } from '../../storage/path.ts';
import type { Origin, Source } from '../../storage/source.ts';
import { choosePartSize, upload } from './blocks.ts';
import { conditionHeaders, contentHeaders } from './conditions.ts';
import { entryOf } from './entry.ts';
import { signedUrl } from './signed-url.ts';
import { stat } from './read.ts';
import type { Session } from './session.ts';
import type { Header } from './shared-key.ts';

const MIB = 1024 ** 2;
/** The most that Put Blob From URL takes, and Copy Blob From URL. */
const PUT_LIMIT = 5000 * MIB;
const COPY_LIMIT = 256 * MIB;
const COPY_PART = 256 * MIB;
const PARTS_AT_ONCE = 8;
/** How long the service may take to begin reading the source. */
const SIGNED_SECONDS = 3600;

/** Where an object lies, so that another driver of the same account can copy it there. */
export function originOf({ client, keyOf }: Session, path: Path, versionId: string | undefined): Origin {
  const { container } = client.settings;
  return { kind: 'object', service: serviceOf(client.settings.endpoint), address: JSON.stringify([container, keyOf(path), versionId ?? null]) };
}

const serviceOf = ({ origin, base }: { readonly origin: string; readonly base: string }): string => `azure:${origin}${base}`;

/**
 * Copies on the service within one account. Undefined: it cannot be done so, the bytes must be streamed; that is also the answer when this
 * login may not read the source, and when the source is not the object whose hash the caller knows.
 */
export async function copy(session: Session, path: Path, { source, options }: { readonly source: Source; readonly options: WriteOptions }): Promise<Entry | undefined> {
  const { origin, size } = source;
  if (origin?.kind !== 'object' || origin.service !== serviceOf(session.client.settings.endpoint)) return undefined;
  // Text from our own `originOf`: another process never writes it.
  const [container, key, versionId] = JSON.parse(origin.address) as readonly [string, string, string | null];
  try {
    const from = await sourceHeaders(session, { container, key, versionId: versionId ?? undefined, signal: options.signal });
    if (size !== undefined && size > PUT_LIMIT) return await copyInParts(session, path, { from, size, options });
    return await copyWhole(session, path, { from, source, options });
  } catch (error) {
    if (error instanceof TowlineError && ['PERMISSION_DENIED', 'UNAUTHENTICATED', 'CORRUPT', 'UNSUPPORTED', 'NOT_FOUND', 'INVALID_ARGUMENT'].includes(error.code)) return undefined;
    throw error;
  }
}

interface From {
  readonly container: string;
  readonly key: string;
  readonly versionId: string | undefined;
  readonly signal: AbortSignal | undefined;
}

/** How the service is let read the source: by a signed address, by our SAS, or because it is open to all. */
async function sourceHeaders(session: Session, { container, key, versionId, signal }: From): Promise<readonly Header[]> {
  const { client } = session;
  const { login } = client.settings;
  const signed = await signedUrl(session, { container, key, versionId, permissions: 'r', expiresInSeconds: SIGNED_SECONDS, signal });
  const query = [versionId === undefined ? '' : `versionid=${encodeURIComponent(versionId)}`, login.kind === 'sas' ? login.token : ''].filter((part) => part !== '').join('&');
  return [['x-ms-copy-source', signed ?? `${client.urlOf(key, container)}${query === '' ? '' : `?${query}`}`]];
}

interface Copying {
  readonly from: readonly Header[];
  readonly options: WriteOptions;
}

/** The service compares the MD5 of what it copies with the one that is known, so other bytes than those that were meant are refused. */
async function copyWhole(session: Session, path: Path, { from, source, options }: Copying & { readonly source: Source }): Promise<Entry | undefined> {
  const { client, keyOf } = session;
  const md5 = contentMd5(source.checksum);
  const headers: readonly Header[] = [...from, ...contentHeaders(options), ...conditionHeaders(options), ...(md5 === undefined ? [] : [['x-ms-source-content-md5', md5] as const])];
  const send = async (own: readonly Header[]): Promise<Entry> => {
    const response = await client.send({ method: 'PUT', verb: 'copy to', key: keyOf(path), headers: [...headers, ...own], signal: options.signal });
    response.cancel();
    return source.size === undefined ? stat(session, path, options) : entryOf(path, response, source.size);
  };
  if (client.profile().putsFromUrl) {
    try {
      return await send([['x-ms-blob-type', 'BlockBlob']]);
    } catch (error) {
      if (!hasCode(error, 'UNSUPPORTED')) throw error;
    }
  }
  return (source.size ?? Number.POSITIVE_INFINITY) > COPY_LIMIT ? undefined : send([['x-ms-requires-sync', 'true']]);
}

async function copyInParts(session: Session, path: Path, { from, size, options }: Copying & { readonly size: number }): Promise<Entry> {
  const { client, keyOf } = session;
  const partSize = choosePartSize(size, COPY_PART);
  const { idOf, complete } = await upload(session, path, { ...options, size, partSize });
  const starts = Array.from({ length: Math.ceil(size / partSize) }, (_, index) => index * partSize);
  const parts = await inParallel(starts, PARTS_AT_ONCE, async (start, index) => {
    const end = Math.min(start + partSize, size);
    const tag = idOf(index + 1);
    (await client.send({ method: 'PUT', verb: 'copy to', key: keyOf(path), query: { comp: 'block', blockid: tag }, headers: [...from, ['x-ms-source-range', `bytes=${start}-${end - 1}`]], signal: options.signal })).cancel();
    return { number: index + 1, start, end, tag };
  });
  return await complete(parts);
}
