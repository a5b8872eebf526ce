import { hasCode, TowlineError } from '../../errors.ts';
import { contiguousParts } from '../../storage/contiguous-parts.ts';
import type { CallOptions, Entry, Part, Upload, UploadOptions } from '../../storage/driver.ts';
import type { Path } from '../../storage/path.ts';
import type { Source } from '../../storage/source.ts';
import { bodyOf, bytesBody, payloadHash } from './body.ts';
import { asExisting, conditionHeaders, contentHeaders } from './conditions.ts';
import type { PartTarget } from './copy-source.ts';
import { encodeQuery } from './encoding.ts';
import { bareEtag, contentMd5, entryOf, md5Base64 } from './entry.ts';
import { heldParts } from './held-parts.ts';
import { stat } from './read.ts';
import type { Session } from './session.ts';
import { encodeText, readFields } from '../../http/xml.ts';

const MIB = 1024 ** 2;
/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
export const MOST_PARTS = 10_000;
const SMALLEST_PART = 5 * MIB;
const LARGEST_PART = 5 * 1024 * MIB;
const LARGEST_OBJECT = 5 * 1024 ** 4;
/** For an object of unknown size: reaches 640 GB. */
const UNKNOWN_SIZE_PART = 64 * MIB;
const ANSWER_BYTES = 256 * 1024;

/** The size of the parts: as configured, but never so small that 10,000 do not reach, nor outside what the service takes. */
export function choosePartSize(size: number | undefined, wanted: number): number {
  const known = size ?? 0;
  if (known > LARGEST_OBJECT) throw new TowlineError('INVALID_ARGUMENT', `${known} bytes are more than the 5 TiB that S3 keeps as one object`, { hint: 'Split it.' });
  const needed = Math.ceil(known / MOST_PARTS / MIB) * MIB;
  return Math.min(LARGEST_PART, Math.max(size === undefined ? UNKNOWN_SIZE_PART : SMALLEST_PART, wanted, needed));
}

/** Starts an upload in parts, or takes up the one that `resume` names. */
export async function upload(session: Session, path: Path, options: UploadOptions): Promise<Upload> {
  if (options.resume === undefined) return startUpload(session, path, options);
  const token = readToken(session, path, options.resume);
  const target = { key: session.keyOf(path), uploadId: token.uploadId };
  const held = await heldParts(session, target, { partSize: token.partSize, size: options.size, signal: options.signal });
  return makeUpload(session, path, { options, token, target, held });
}

export type StartOptions = UploadOptions & { readonly partSize?: number };

export async function startUpload(session: Session, path: Path, options: StartOptions): Promise<Upload & { readonly target: PartTarget }> {
  const { client, headers } = session;
  await conditionHeaders(session, path, options);
  const partSize = options.partSize ?? choosePartSize(options.size, client.settings.transfer.multipartChunkSize);
  const key = session.keyOf(path);
  const sent = [...headers.write, ...headers.key, ...contentHeaders(options)];
  const { text } = await client.ask({ method: 'POST', verb: 'start the upload of', key, query: 'uploads=', headers: sent, signal: options.signal }, ANSWER_BYTES);
  const uploadId = readFields(text).fields.get('UploadId');
  if (!uploadId) throw new TowlineError('CORRUPT', `${client.where(key)}: the service named no upload`);
  return makeUpload(session, path, { options, token: { uploadId, partSize }, target: { key, uploadId }, held: [] });
}

interface Token {
  readonly uploadId: string;
  readonly partSize: number;
}
interface Started {
  readonly options: UploadOptions;
  readonly token: Token;
  readonly target: PartTarget;
  readonly held: readonly Part[];
}

function makeUpload(session: Session, path: Path, { options, token, target, held }: Started): Upload & { readonly target: PartTarget } {
  const { client } = session;
  return {
    target,
    token: writeToken(session, path, token),
    partSize: token.partSize,
    order: 'any',
    held,
    send: (part, source, call) => sendPart(session, target, { part, source, call: call ?? {} }),
    complete: (parts, call) => complete(session, path, { parts, target, options: { ...options, ...call } }),
    async abort() {
      try {
        (await client.send({ method: 'DELETE', verb: 'end the upload of', key: target.key, query: encodeQuery({ uploadId: target.uploadId }) })).cancel();
      } catch (error) {
        if (!hasCode(error, 'NOT_FOUND')) throw error;
      }
    },
  };
}

interface Sent {
  readonly part: Omit<Part, 'tag'>;
  /** Of the part alone. */
  readonly source: Source;
  readonly call: CallOptions;
}

async function sendPart(session: Session, target: PartTarget, { part, source, call }: Sent): Promise<Part> {
  const { client, headers } = session;
  const { number, start, end } = part;
  if (source.size !== undefined && source.size !== end - start) throw new TowlineError('INVALID_ARGUMENT', `Part ${number} of ${client.where(target.key)} should have ${end - start} bytes, and its source has ${source.size}`);
  const body = bodyOf(source, end - start, call);
  const md5 = contentMd5(source.checksum);
  const response = await client.send({
    method: 'PUT', verb: 'write', key: target.key, query: encodeQuery({ partNumber: number, uploadId: target.uploadId }),
    headers: md5 === undefined ? headers.key : [...headers.key, ['content-md5', md5]], body, payloadHash: await payloadHash(body, session), signal: call.signal,
  });
  response.cancel();
  const tag = response.header('etag');
  if (tag === undefined) throw new TowlineError('CORRUPT', `${client.where(target.key)}: the service named no tag for part ${number}`);
  return { ...part, tag };
}

async function complete(session: Session, path: Path, { parts, target, options }: { readonly parts: readonly Part[]; readonly target: PartTarget; readonly options: UploadOptions }): Promise<Entry> {
  const { client, headers } = session;
  const { ordered, size } = contiguousParts(parts, { size: options.size, where: client.where(target.key) });
  const listed = ordered.map(({ number, tag }) => `<Part><PartNumber>${number}</PartNumber><ETag>${encodeText(tag)}</ETag></Part>`).join('');
  const body = bytesBody(Buffer.from(`<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${listed}</CompleteMultipartUpload>`));
  const sent = [...headers.key, ...(await conditionHeaders(session, path, options)), ['content-type', 'application/xml'] as const, ['content-md5', md5Base64(body.bytes ?? '')] as const];
  try {
    const { response, text } = await client.ask({
      method: 'POST', verb: 'finish the upload of', key: target.key, query: encodeQuery({ uploadId: target.uploadId }), headers: sent, body, payloadHash: await payloadHash(body, session), signal: options.signal,
    }, ANSWER_BYTES);
    const etag = readFields(text).fields.get('ETag');
    // Ceph 16.2 leaves it empty.
    if (!etag) return await stat(session, path, options);
    return { ...entryOf(path, response, { size, hidesMd5: true }), etag: bareEtag(etag) };
  } catch (error) {
    throw asExisting(error, options.mode);
  }
}

function writeToken({ client, keyOf }: Session, path: Path, { uploadId, partSize }: Token): string {
  return Buffer.from(JSON.stringify([1, client.settings.endpoint.bucket, keyOf(path), uploadId, partSize])).toString('base64url');
}

function readToken({ client, keyOf }: Session, path: Path, token: string): Token {
  const where = client.where(keyOf(path));
  try {
    const [version, bucket, key, uploadId, partSize] = JSON.parse(Buffer.from(token, 'base64url').toString()) as readonly unknown[];
    if (version === 1 && bucket === client.settings.endpoint.bucket && key === keyOf(path) && typeof uploadId === 'string' && Number.isSafeInteger(partSize)) return { uploadId, partSize: partSize as number };
  } catch (cause) {
    throw new TowlineError('NOT_FOUND', `The upload of ${where} cannot be taken up: its token is damaged`, { cause, hint: 'Start it anew.' });
  }
  throw new TowlineError('NOT_FOUND', `The upload of ${where} cannot be taken up: its token is of another object`, { hint: 'Start it anew.' });
}
