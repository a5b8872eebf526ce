import { hasCode, TowlineError } from '../../errors.ts';
import { completionBody } from '../../http/bucket-parts.ts';
import { contiguousParts } from '../../storage/contiguous-parts.ts';
import type { CallOptions, Entry, Part, Upload, UploadOptions } from '../../storage/driver.ts';
import { choosePartSize, type PartLimits } from '../../storage/part-size.ts';
import type { Path } from '../../storage/path.ts';
import type { Source } from '../../storage/source.ts';
import { readUploadToken, writeUploadToken } from '../../storage/upload-token.ts';
import { bodyOf, bytesBody, payloadHash } from './body.ts';
import { asExisting, conditionHeaders, contentHeaders } from './conditions.ts';
import type { PartTarget } from './copy-source.ts';
import { encodeQuery } from './encoding.ts';
import { bareEtag, contentMd5, entryOf, md5Base64 } from './entry.ts';
import { heldParts } from './held-parts.ts';
import { stat } from './read.ts';
import type { Session } from './session.ts';
import { readFields } from '../../http/xml.ts';

const MIB = 1024 ** 2;
/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html. Parts of an object of unknown size reach 640 GB. */
export const LIMITS: PartLimits = { service: 'S3', mostParts: 10_000, smallestPart: 5 * MIB, largestPart: 5 * 1024 * MIB, largestObject: 5 * 1024 ** 4, unknownSizePart: 64 * MIB };
const ANSWER_BYTES = 256 * 1024;

/** Starts an upload in parts, or takes up the one that `resume` names. */
export async function upload(session: Session, path: Path, options: UploadOptions): Promise<Upload> {
  if (options.resume === undefined) return startUpload(session, path, options);
  const { client } = session;
  const key = session.keyOf(path);
  const token = readUploadToken(options.resume, { bucket: client.settings.endpoint.bucket, key, where: client.where(key) });
  const target = { key, uploadId: token.uploadId };
  const held = await heldParts(session, target, { partSize: token.partSize, size: options.size, signal: options.signal });
  return makeUpload(session, path, { options, token, target, held });
}

export type StartOptions = UploadOptions & { readonly partSize?: number };

export async function startUpload(session: Session, path: Path, options: StartOptions): Promise<Upload & { readonly target: PartTarget }> {
  const { client, headers } = session;
  await conditionHeaders(session, path, options);
  const partSize = options.partSize ?? choosePartSize(options.size, client.settings.transfer.multipartChunkSize, LIMITS);
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
    token: writeUploadToken({ bucket: client.settings.endpoint.bucket, key: target.key, ...token }),
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
  const body = bytesBody(completionBody(ordered, ' xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'));
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
