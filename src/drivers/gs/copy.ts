import { TowlineError } from '../../errors.ts';
import { throwIfAborted } from '../../storage/call.ts';
import type { Entry, WriteOptions } from '../../storage/driver.ts';
import type { Path } from '../../storage/path.ts';
import type { Origin, Source } from '../../storage/source.ts';
import { bytesBody } from '../../storage/request-body.ts';
import { metadataOf } from './conditions.ts';
import { OBJECT_FIELDS, type ObjectResource, readResource } from './resource.ts';
import type { Session } from './session.ts';
import { requireStored } from './stored.ts';

/** Where an object lies, so that another driver of the same service can copy it there. */
export function originOf({ client, keyOf, bucket }: Session, path: Path, versionId: string | undefined): Origin {
  return { kind: 'object', service: 'gs', address: JSON.stringify([client.endpoint.base, bucket, keyOf(path), versionId ?? null]) };
}

interface CopySource {
  readonly bucket: string;
  readonly name: string;
  readonly generation: string | undefined;
}

function copySource({ client }: Session, origin: Origin | undefined): CopySource | undefined {
  if (origin?.kind !== 'object' || origin.service !== 'gs') return undefined;
  // Text from our own `originOf`: another process never writes it.
  const [base, bucket, name, generation] = JSON.parse(origin.address) as readonly [string, string, string, string | null];
  return base === client.endpoint.base ? { bucket, name, generation: generation ?? undefined } : undefined;
}

/**
 * Copies on the service where source and target are of one. Undefined: it cannot be done so, the bytes must be streamed; that is also the
 * answer when these credentials may not read the source, and when the source is not the object whose hash the caller knows.
 */
export async function copy(session: Session, path: Path, { source, options }: { readonly source: Source; readonly options: WriteOptions }): Promise<Entry | undefined> {
  const from = copySource(session, source.origin);
  if (!from) return undefined;
  try {
    const generation = await meantGeneration(session, from, { source, options });
    if (generation === 'another') return undefined;
    return await requireStored(session, path, { resource: await rewrite(session, path, { from: { ...from, generation }, options }), wanted: source });
  } catch (error) {
    if (error instanceof TowlineError && ['PERMISSION_DENIED', 'UNAUTHENTICATED', 'PRECONDITION_FAILED', 'UNSUPPORTED', 'NOT_FOUND', 'INVALID_ARGUMENT'].includes(error.code)) return undefined;
    throw error;
  }
}

/** The generation whose content the caller means: where its hash is known, the service must say that it has just that. */
async function meantGeneration({ client }: Session, from: CopySource, { source: { checksum, size }, options: { signal } }: { readonly source: Source; readonly options: WriteOptions }): Promise<string | undefined> {
  if (checksum?.name !== 'md5' && size === undefined) return from.generation;
  const target = client.at.objectIn(from.bucket, from.name, { fields: OBJECT_FIELDS, generation: from.generation });
  const found = readResource(await client.ask({ method: 'GET', verb: 'look at', key: from.name, target, signal }));
  const isMeant = (size === undefined || found.size === size) && (checksum?.name !== 'md5' || md5Of(found) === checksum.value.toLowerCase());
  return isMeant ? found.generation : 'another';
}

const md5Of = ({ md5Hash }: ObjectResource): string | undefined => (md5Hash === undefined ? undefined : Buffer.from(md5Hash, 'base64').toString('hex'));

/** Large objects, and those that change their place, are copied piece by piece: each answer but the last has a token for the next call. */
async function rewrite({ client, keyOf }: Session, path: Path, { from, options }: { readonly from: CopySource; readonly options: WriteOptions }): Promise<ObjectResource> {
  const key = keyOf(path);
  const { contentType, metadata, signal } = options;
  // A description replaces that of the source; without one it is copied, too.
  const described = contentType === undefined && metadata === undefined ? '{}' : JSON.stringify(metadataOf(key, options));
  let rewriteToken: string | undefined;
  let rewritten = -1;
  for (;;) {
    throwIfAborted(signal);
    const answer = (await client.ask({
      method: 'POST', verb: 'copy to', key, target: client.at.rewrite(from, key, { sourceGeneration: from.generation, rewriteToken, fields: `done,rewriteToken,totalBytesRewritten,resource(${OBJECT_FIELDS})` }),
      headers: [['content-type', 'application/json']], body: bytesBody(Buffer.from(described)), signal,
    })) as { readonly done?: unknown; readonly rewriteToken?: unknown; readonly totalBytesRewritten?: unknown; readonly resource?: unknown } | null;
    if (answer?.done === true) return readResource(answer.resource);
    const progress = Number(answer?.totalBytesRewritten ?? Number.NaN);
    if (typeof answer?.rewriteToken !== 'string' || !(progress > rewritten)) throw new TowlineError('CORRUPT', `${client.where(key)}: the copy on the service goes on and on`);
    rewriteToken = answer.rewriteToken;
    rewritten = progress;
  }
}
