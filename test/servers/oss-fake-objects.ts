import { randomBytes } from 'node:crypto';
import { crc64 } from '../../src/storage/crc64-ecma.ts';
import { document, element, type FakeAnswer, isoTime, OssFault, type RawRequest, text, unescapeXml, valueOf, valuesOf } from './oss-fake-answers.ts';
import { etagOf, find, md5Of, remove, store, type StoredBucket, type StoredUpload, type StoredVersion } from './oss-fake-store.ts';

/** A request about an object. */
export interface ObjectCall {
  readonly request: RawRequest;
  readonly query: ReadonlyMap<string, string>;
  readonly bucket: StoredBucket;
  readonly key: string;
  /** Any bucket of the service, as the source of a copy. */
  readonly bucketOf: (name: string) => StoredBucket;
}

/** https://www.alibabacloud.com/help/en/oss/product-overview/limits */
const LEAST_PART = 100 * 1024;

/** Answers what is asked about one object. */
export function answerObject(call: ObjectCall): FakeAnswer {
  const { request: { method }, query, key } = call;
  if (Buffer.byteLength(key) > 1023 || /^[\\/]/.test(key)) throw new OssFault(400, 'InvalidObjectName', { message: 'The specified object is not valid.' });
  if (method === 'POST' && query.has('uploads')) return startUpload(call);
  if (query.has('uploadId')) return answerUpload(call, uploadOf(call));
  if (method === 'GET' && query.has('acl')) return { status: 200, body: document(element('AccessControlPolicy', element('AccessControlList', text('Grant', 'default')))) };
  if (method === 'PUT') return call.request.headers['x-oss-copy-source'] === undefined ? putObject(call) : copyObject(call);
  if (method === 'GET' || method === 'HEAD') return getObject(call);
  if (method === 'DELETE') return deleteObject(call);
  throw new OssFault(405, 'MethodNotAllowed', { message: 'The specified method is not allowed against this resource.' });
}

function putObject({ request, bucket, key }: ObjectCall): FakeAnswer {
  forbidOverwrite(request, bucket, key);
  const { body } = request;
  requireMd5(request);
  const stored = store(bucket, key, { bytes: body, etag: etagOf(body), type: 'Normal', headers: contentHeaders(request) });
  return { status: 200, headers: { etag: `"${stored.etag}"`, 'content-md5': md5Of(body).toString('base64'), ...sumHeader(stored.crc), ...versionHeader(bucket, stored) } };
}

function getObject({ request, query, bucket, key }: ObjectCall): FakeAnswer {
  const version = requireVersion(bucket, key, query.get('versionId'));
  const { headers } = request;
  const match = headers['if-match'];
  if (match !== undefined && match.replaceAll('"', '') !== version.etag) throw new OssFault(412, 'PreconditionFailed', { message: 'At least one of the pre-conditions you specified did not hold.' });
  const described = {
    etag: `"${version.etag}"`, 'last-modified': new Date(version.modifiedAt).toUTCString(), 'accept-ranges': 'bytes', 'x-oss-object-type': version.type, 'x-oss-storage-class': 'Standard',
    ...(version.type === 'Normal' ? { 'content-md5': md5Of(version.bytes).toString('base64') } : {}), ...version.headers, ...sumHeader(version.crc), ...versionHeader(bucket, version),
  };
  const range = /^bytes=(\d+)-(\d*)$/.exec(headers['range'] ?? '');
  const size = version.bytes.byteLength;
  const start = Number(range?.[1]);
  if (request.method === 'HEAD') return { status: 200, headers: { ...described, 'content-length': String(size) } };
  if (range && start >= size && headers['x-oss-range-behavior'] === 'standard') throw new OssFault(416, 'InvalidRange', { message: 'The requested range cannot be satisfied' });
  // Without the standard behaviour a range that reaches behind the end is answered with everything.
  const end = range?.[2] ? Number(range[2]) + 1 : size;
  if (!range || start >= size || (end > size && headers['x-oss-range-behavior'] !== 'standard')) return { status: 200, headers: described, body: version.bytes };
  const bytes = version.bytes.subarray(start, Math.min(end, size));
  return { status: 206, headers: { ...described, 'content-range': `bytes ${start}-${start + bytes.byteLength - 1}/${size}` }, body: bytes };
}

function deleteObject({ query, bucket, key }: ObjectCall): FakeAnswer {
  const versionId = query.get('versionId');
  const gone = remove(bucket, key, versionId);
  return { status: 204, headers: { ...(gone && bucket.versioning !== '' ? { 'x-oss-version-id': gone.versionId } : {}), ...(gone?.isDeleteMarker === true ? { 'x-oss-delete-marker': 'true' } : {}) } };
}

function copyObject(call: ObjectCall): FakeAnswer {
  const { request, bucket, key } = call;
  forbidOverwrite(request, bucket, key);
  const source = copiedVersion(call);
  const isReplaced = request.headers['x-oss-metadata-directive'] === 'REPLACE';
  const stored = store(bucket, key, { bytes: source.bytes, etag: source.etag, type: source.type, headers: isReplaced ? contentHeaders(request) : source.headers });
  const body = document(element('CopyObjectResult', text('ETag', `"${stored.etag}"`), text('LastModified', isoTime(stored.modifiedAt))));
  return { status: 200, headers: { ...sumHeader(stored.crc), ...versionHeader(bucket, stored) }, body };
}

function copiedVersion({ request, bucketOf }: ObjectCall): StoredVersion {
  const [path = '', version] = (request.headers['x-oss-copy-source'] ?? '').split('?versionId=');
  const [, name = '', encoded = ''] = /^\/([^/]+)\/(.+)$/.exec(path) ?? [];
  const source = requireVersion(bucketOf(name), decodeURIComponent(encoded), version === undefined ? undefined : decodeURIComponent(version));
  const match = request.headers['x-oss-copy-source-if-match'];
  if (match !== undefined && match.replaceAll('"', '') !== source.etag) throw new OssFault(412, 'PreconditionFailed', { message: 'At least one of the pre-conditions you specified did not hold.' });
  return source;
}

function startUpload({ request, bucket, key }: ObjectCall): FakeAnswer {
  forbidOverwrite(request, bucket, key);
  const uploadId = randomBytes(16).toString('hex').toUpperCase();
  bucket.uploads.set(uploadId, { key, headers: contentHeaders(request), parts: new Map(), startedAt: Date.now() });
  return { status: 200, body: document(element('InitiateMultipartUploadResult', text('Bucket', bucket.name), text('Key', key), text('UploadId', uploadId))) };
}

function uploadOf({ query, bucket, key }: ObjectCall): StoredUpload {
  const upload = bucket.uploads.get(query.get('uploadId') ?? '');
  if (upload?.key !== key) throw new OssFault(404, 'NoSuchUpload', { message: 'The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.' });
  return upload;
}

function answerUpload(call: ObjectCall, upload: StoredUpload): FakeAnswer {
  const { request, query, bucket } = call;
  if (request.method === 'PUT') return request.headers['x-oss-copy-source'] === undefined ? putPart(call, upload) : copyPart(call, upload);
  if (request.method === 'POST') return completeUpload(call, upload);
  if (request.method === 'GET') return listParts(call, upload);
  bucket.uploads.delete(query.get('uploadId') ?? '');
  return { status: 204 };
}

function addPart({ query }: ObjectCall, { parts }: StoredUpload, bytes: Buffer): { readonly etag: string; readonly crc: bigint } {
  const number = Number(query.get('partNumber'));
  if (!(Number.isInteger(number) && number >= 1 && number <= 10_000)) throw new OssFault(400, 'InvalidArgument', { message: 'Part number must be an integer between 1 and 10000, inclusive.' });
  const part = { bytes, etag: etagOf(bytes), crc: crc64(bytes), modifiedAt: Date.now() };
  parts.set(number, part);
  return part;
}

function putPart(call: ObjectCall, upload: StoredUpload): FakeAnswer {
  requireMd5(call.request);
  const { etag, crc } = addPart(call, upload, call.request.body);
  return { status: 200, headers: { etag: `"${etag}"`, ...sumHeader(crc) } };
}

function copyPart(call: ObjectCall, upload: StoredUpload): FakeAnswer {
  const source = copiedVersion(call);
  const [, start = '0', last = String(source.bytes.byteLength - 1)] = /^bytes=(\d+)-(\d+)$/.exec(call.request.headers['x-oss-copy-source-range'] ?? '') ?? [];
  const { etag } = addPart(call, upload, source.bytes.subarray(Number(start), Number(last) + 1));
  return { status: 200, body: document(element('CopyPartResult', text('LastModified', isoTime(Date.now())), text('ETag', `"${etag}"`))) };
}

function completeUpload({ request, query, bucket, key }: ObjectCall, upload: StoredUpload): FakeAnswer {
  requireMd5(request);
  const wanted = valuesOf(request.body.toString(), 'Part').map((xml) => ({ number: Number(valueOf(xml, 'PartNumber')), etag: (valueOf(xml, 'ETag') ?? '').replaceAll('"', '') }));
  if (wanted.length === 0) throw new OssFault(400, 'MalformedXML', { message: 'The XML you provided was not well-formed or did not validate against our published schema.' });
  if (wanted.some(({ number }, index) => index > 0 && number <= (wanted[index - 1]?.number ?? 0))) throw new OssFault(400, 'InvalidPartOrder', { message: 'The list of parts was not in ascending order.' });
  const parts = wanted.map(({ number, etag }) => {
    const part = upload.parts.get(number);
    if (part?.etag !== etag) throw new OssFault(400, 'InvalidPart', { message: 'One or more of the specified parts could not be found or the specified entity tag might not have matched the part\'s entity tag.' });
    return part;
  });
  if (parts.slice(0, -1).some(({ bytes }) => bytes.byteLength < LEAST_PART)) throw new OssFault(400, 'EntityTooSmall', { message: 'Your proposed upload smaller than the minimum allowed size.' });
  forbidOverwrite(request, bucket, key);
  const bytes = Buffer.concat(parts.map((part) => part.bytes));
  const etag = `${etagOf(Buffer.concat(parts.map((part) => Buffer.from(part.etag, 'hex'))))}-${parts.length}`;
  const stored = store(bucket, key, { bytes, etag, type: 'Multipart', headers: upload.headers });
  bucket.uploads.delete(query.get('uploadId') ?? '');
  const body = document(element('CompleteMultipartUploadResult', text('Location', `http://${request.headers['host'] ?? ''}/${key}`), text('Bucket', bucket.name), text('Key', key), text('ETag', `"${stored.etag}"`)));
  return { status: 200, headers: { etag: `"${stored.etag}"`, ...sumHeader(stored.crc), ...versionHeader(bucket, stored) }, body };
}

function listParts({ query, bucket, key }: ObjectCall, { parts }: StoredUpload): FakeAnswer {
  const [marker, most] = [Number(query.get('part-number-marker') ?? 0), Number(query.get('max-parts') ?? 1000)];
  const later = [...parts].filter(([number]) => number > marker).sort(([a], [b]) => a - b);
  const shown = later.slice(0, most);
  const rows = shown.map(([number, part]) => element('Part', text('PartNumber', number), text('LastModified', isoTime(part.modifiedAt)), text('ETag', `"${part.etag}"`), text('HashCrc64ecma', String(part.crc)), text('Size', part.bytes.byteLength)));
  return { status: 200, body: document(element('ListPartsResult',
    text('Bucket', bucket.name), text('Key', key), text('UploadId', query.get('uploadId') ?? ''), text('PartNumberMarker', marker),
    text('NextPartNumberMarker', shown.at(-1)?.[0] ?? 0), text('MaxParts', most), text('IsTruncated', later.length > shown.length), ...rows)) };
}

/** Deletes what the body names; of a quiet request nothing is said. */
export function deleteMany({ request, bucket, query, mayDelete }: Pick<ObjectCall, 'request' | 'bucket' | 'query'> & { readonly mayDelete: (key: string) => boolean }): FakeAnswer {
  if (request.headers['content-md5'] === undefined) throw new OssFault(400, 'MissingArgument', { message: 'Missing Some Required Arguments.', ArgumentName: 'Content-MD5' });
  requireMd5(request);
  const xml = request.body.toString();
  const isEncoded = query.get('encoding-type') === 'url';
  const encode = (key: string): string => (isEncoded ? encodeURIComponent(key) : key);
  const rows = valuesOf(xml, 'Object').map((one) => ({ key: unescapeXml(valuesOf(one, 'Key')[0] ?? ''), versionId: valueOf(one, 'VersionId') })).flatMap(({ key, versionId }) => {
    if (!mayDelete(key)) return [];
    const gone = remove(bucket, key, versionId);
    const marks = gone?.isDeleteMarker === true ? [text('DeleteMarker', true), text('DeleteMarkerVersionId', gone.versionId)] : [];
    return [element('Deleted', text('Key', encode(key)), ...(versionId === undefined ? [] : [text('VersionId', versionId)]), ...marks)];
  });
  if (valueOf(xml, 'Quiet') === 'true') return { status: 200 };
  return { status: 200, body: document(element('DeleteResult', ...(isEncoded ? [text('EncodingType', 'url')] : []), ...rows)) };
}

function requireVersion(bucket: StoredBucket, key: string, versionId: string | undefined): StoredVersion {
  const version = find(bucket, key, versionId);
  if (version === undefined) throw versionId === undefined ? new OssFault(404, 'NoSuchKey', { message: 'The specified key does not exist.', Key: key }) : new OssFault(404, 'NoSuchVersion', { message: 'The specified version does not exist.', Key: key, VersionId: versionId });
  if (!version.isDeleteMarker) return version;
  throw versionId === undefined ? new OssFault(404, 'NoSuchKey', { message: 'The specified key does not exist.', Key: key }) : new OssFault(405, 'MethodNotAllowed', { message: 'The specified method is not allowed against this resource.' });
}

/** It does nothing where versions are kept or were. */
function forbidOverwrite({ headers }: RawRequest, bucket: StoredBucket, key: string): void {
  const forbid = headers['x-oss-forbid-overwrite'] ?? 'false';
  if (!/^(?:true|false)$/.test(forbid)) throw new OssFault(400, 'InvalidArgument', { message: 'The x-oss-forbid-overwrite is invalid.' });
  if (forbid === 'true' && bucket.versioning === '' && find(bucket, key) !== undefined) throw new OssFault(409, 'FileAlreadyExists', { message: 'The object you specified already exists and can not be overwritten.', EC: '0026-00000002' });
}

function requireMd5({ headers, body }: RawRequest): void {
  const given = headers['content-md5'];
  if (given !== undefined && given !== md5Of(body).toString('base64')) throw new OssFault(400, 'InvalidDigest', { message: 'The Content-MD5 you specified was invalid.', 'Content-MD5': given });
}

const contentHeaders = ({ headers }: RawRequest): Readonly<Record<string, string>> => ({
  'content-type': headers['content-type'] ?? 'application/octet-stream', ...Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith('x-oss-meta-'))),
});
const sumHeader = (crc: bigint): Readonly<Record<string, string>> => ({ 'x-oss-hash-crc64ecma': String(crc) });
const versionHeader = ({ versioning }: StoredBucket, { versionId }: StoredVersion): Readonly<Record<string, string>> => (versioning === '' ? {} : { 'x-oss-version-id': versionId });
