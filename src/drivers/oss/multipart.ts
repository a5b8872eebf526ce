import { hasCode, TowlineError } from '../../errors.ts';
import { completionBody } from '../../http/bucket-parts.ts';
import { bareEtag } from '../../http/etag.ts';
import { readFields } from '../../http/xml.ts';
import { contentMd5, md5Base64 } from '../../storage/content-md5.ts';
import { contiguousParts } from '../../storage/contiguous-parts.ts';
import { combineCrc64 } from '../../storage/crc64-ecma.ts';
import type { CallOptions, Entry, Part, Upload, UploadOptions } from '../../storage/driver.ts';
import { choosePartSize, type PartLimits } from '../../storage/part-size.ts';
import type { Path } from '../../storage/path.ts';
import { bodyOf, bytesBody } from '../../storage/request-body.ts';
import type { Source } from '../../storage/source.ts';
import { readUploadToken, writeUploadToken } from '../../storage/upload-token.ts';
import { conditionHeaders, contentHeaders } from './conditions.ts';
import { crcOf, entryOf } from './entry.ts';
import { heldParts, type PartTarget, sumKey } from './held-parts.ts';
import type { Header } from './request.ts';
import type { Session } from './session.ts';
import { requireSameSum, summed } from './summed-body.ts';

const MIB = 1024 ** 2;
/** https://www.alibabacloud.com/help/en/oss/product-overview/limits (2026-11-21). Parts of an object of unknown size reach 640 GB. */
export const LIMITS: PartLimits = { service: 'OSS', mostParts: 10_000, smallestPart: 100 * 1024, largestPart: 5 * 1024 * MIB, largestObject: 50_000 * 1024 * MIB, unknownSizePart: 64 * MIB };
const ANSWER_BYTES = 256 * 1024;

/** An upload that also takes parts by copies on the service. */
export interface OssUpload extends Upload {
  readonly target: PartTarget;
}

/** Starts an upload in parts, or takes up the one that `resume` names. */
export async function upload(session: Session, path: Path, options: UploadOptions): Promise<Upload> {
  const conditions = await conditionHeaders(session, path, options);
  if (options.resume === undefined) return startUpload(session, path, { ...options, conditions });
  const { client } = session;
  const key = session.keyOf(path);
  const { uploadId, partSize } = readUploadToken(options.resume, { bucket: client.settings.endpoint.bucket, key, where: client.where(key) });
  const { parts, sums } = await heldParts(session, { key, uploadId }, { partSize, size: options.size, signal: options.signal });
  return makeUpload(session, path, { options: { ...options, conditions }, partSize, target: { key, uploadId }, held: parts, sums });
}

export type StartOptions = UploadOptions & { readonly conditions: readonly Header[]; readonly partSize?: number };

export async function startUpload(session: Session, path: Path, options: StartOptions): Promise<OssUpload> {
  const { client, options: { part_size: wanted = 0 } } = session;
  const partSize = options.partSize ?? choosePartSize(options.size, wanted, LIMITS);
  const key = session.keyOf(path);
  const headers = [...contentHeaders(options), ...options.conditions];
  const { text } = await client.ask({ method: 'POST', verb: 'start the upload of', key, query: { uploads: '' }, headers, signal: options.signal }, ANSWER_BYTES);
  const uploadId = readFields(text).fields.get('UploadId');
  if (!uploadId) throw new TowlineError('CORRUPT', `${client.where(key)}: the service named no upload`);
  return makeUpload(session, path, { options, partSize, target: { key, uploadId }, held: [], sums: new Map() });
}

interface Started {
  readonly options: StartOptions;
  readonly partSize: number;
  readonly target: PartTarget;
  readonly held: readonly Part[];
  /** CRC-64 of parts by their number and tag, as far as they are known. */
  readonly sums: Map<string, bigint>;
}

function makeUpload(session: Session, path: Path, started: Started): OssUpload {
  const { client } = session;
  const { options, partSize, target, held } = started;
  return {
    target,
    token: writeUploadToken({ bucket: client.settings.endpoint.bucket, partSize, ...target }),
    partSize,
    order: 'any',
    held,
    send: (part, source, call) => sendPart(session, started, { part, source, call: call ?? {} }),
    complete: (parts, call) => complete(session, path, { parts, started: { ...started, options: { ...options, ...call } } }),
    async abort() {
      try {
        (await client.send({ method: 'DELETE', verb: 'end the upload of', key: target.key, query: { uploadId: target.uploadId } })).cancel();
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

async function sendPart({ client }: Session, { target: { key, uploadId }, sums }: Started, { part, source, call }: Sent): Promise<Part> {
  const { number, start, end } = part;
  const where = client.where(key);
  if (source.size !== undefined && source.size !== end - start) throw new TowlineError('INVALID_ARGUMENT', `Part ${number} of ${where} should have ${end - start} bytes, and its source has ${source.size}`);
  const sent = summed(bodyOf(source, end - start, call));
  const md5 = contentMd5(source.checksum);
  const response = await client.send({
    method: 'PUT', verb: 'write', key, query: { partNumber: number, uploadId }, headers: md5 === undefined ? [] : [['content-md5', md5]], body: sent.body, signal: call.signal,
  });
  response.cancel();
  const sum = requireSameSum(response, sent, where);
  const tag = response.header('etag');
  if (tag === undefined) throw new TowlineError('CORRUPT', `${where}: the service named no tag for part ${number}`);
  if (sum !== undefined) sums.set(sumKey({ number, tag }), sum);
  return { ...part, tag };
}

async function complete({ client }: Session, path: Path, { parts, started: { options, target, sums } }: { readonly parts: readonly Part[]; readonly started: Started }): Promise<Entry> {
  const where = client.where(target.key);
  const { ordered, size } = contiguousParts(parts, { size: options.size, where });
  const body = bytesBody(completionBody(ordered));
  const { response, text } = await client.ask({
    method: 'POST', verb: 'finish the upload of', key: target.key, query: { uploadId: target.uploadId }, body, signal: options.signal,
    headers: [...options.conditions, ['content-type', 'application/xml'], ['content-md5', md5Base64(body.bytes ?? '')]],
  }, ANSWER_BYTES);
  const etag = readFields(text).fields.get('ETag');
  if (!etag) throw new TowlineError('CORRUPT', `${where}: the service named no ETag for what it made of the parts`);
  const expected = wholeSum(ordered, sums);
  const found = crcOf(response);
  if (expected !== undefined && found !== undefined && found !== expected) {
    throw new TowlineError('CORRUPT', `${where}: what the service made of the parts has CRC-64 ${found}, and they make ${expected}`, { hint: 'Push it again.', context: { requestId: response.header('x-oss-request-id') ?? '' } });
  }
  return { ...entryOf(path, response, size), etag: bareEtag(etag) };
}

/** The CRC-64 of the whole from those of its parts; undefined when one is not known. */
function wholeSum(parts: readonly Part[], sums: ReadonlyMap<string, bigint>): bigint | undefined {
  let whole = 0n;
  for (const part of parts) {
    const sum = sums.get(sumKey(part));
    if (sum === undefined) return undefined;
    whole = combineCrc64(whole, sum, part.end - part.start);
  }
  return whole;
}
