import { createHash, randomBytes } from 'node:crypto';
import { listMade, listStored } from './listing.ts';
import { createStubBucket, type StubBucket, type StubObject } from './objects.ts';

/** A request with its body: whole where it was small enough to keep, else only its size and MD5. */
export interface StubRequest {
  readonly method: string;
  readonly target: string;
  header(name: string): string | undefined;
  readonly body: { readonly bytes?: Buffer; readonly size: number; readonly md5: string };
}
/** `object` with a range of it is a body that is written piece by piece. */
export interface StubAnswer { readonly status: number; readonly headers?: string; readonly body?: Buffer; readonly object?: StubObject; readonly range?: readonly [start: number, end: number] }

const OK: StubAnswer = { status: 200 };
const NO_CONTENT: StubAnswer = { status: 204 };
/** Listings of buckets up to this size are made once: then the server is not what limits who lists them. */
const KEPT_KEYS = 1_000_000;

/** As much of S3 as clients need that move objects: signatures are taken as they come, everything is kept in memory. */
export function createStubService(): (request: StubRequest) => StubAnswer {
  const buckets = new Map<string, StubBucket>();
  const uploads = new Map<string, number[]>();
  const pages = new Map<string, Buffer>();
  const bucketOf = (name: string): StubBucket => {
    const bucket = buckets.get(name) ?? createStubBucket();
    buckets.set(name, bucket);
    return bucket;
  };
  return (request) => {
    const { method, target } = request;
    const mark = target.indexOf('?');
    const path = decodeURIComponent(mark === -1 ? target : target.slice(0, mark));
    const slash = path.indexOf('/', 1);
    const [name, key] = slash === -1 ? [path.slice(1), ''] : [path.slice(1, slash), path.slice(slash + 1)];
    const query = mark === -1 ? undefined : new URLSearchParams(target.slice(mark + 1));
    if (key === '') return ofBucket(name, request, { query, bucket: () => bucketOf(name), pages });
    if (query?.has('uploads') || query?.has('uploadId')) return inParts(request, { bucket: bucketOf(name), key, query, uploads });
    if (method === 'PUT') return put(bucketOf(name), key, request);
    if (method === 'DELETE') {
      bucketOf(name).delete(key);
      return NO_CONTENT;
    }
    return get(bucketOf(name).get(key), request);
  };
}

function ofBucket(name: string, { method, body: { bytes } }: StubRequest, { query, bucket, pages }: { readonly query: URLSearchParams | undefined; bucket(): StubBucket; readonly pages: Map<string, Buffer> }): StubAnswer {
  if (query?.has('delete')) {
    for (const [, key = ''] of (bytes?.toString() ?? '').matchAll(/<Key>([^<]*)<\/Key>/g)) bucket().delete(key);
    return xml('<DeleteResult></DeleteResult>');
  }
  if (query?.has('location')) return xml('<LocationConstraint>us-east-1</LocationConstraint>');
  if (method !== 'GET' || query?.has('versioning')) return OK;
  const count = /^made-(\d+)$/.exec(name)?.[1];
  const asked = query ?? new URLSearchParams();
  const body = count === undefined ? listStored(bucket(), asked) : listMade(Number(count), asked, Number(count) <= KEPT_KEYS ? pages : undefined);
  return { status: 200, headers: 'Content-Type: application/xml\r\n', body };
}

function put(bucket: StubBucket, key: string, { header, body: { bytes, size, md5 } }: StubRequest): StubAnswer {
  const times = Number(header('x-stub-times') ?? 1);
  const etag = times === 1 ? md5 : header('x-stub-md5') ?? `${md5}-${times}`;
  bucket.set(key, { size: size * times, etag, ...(bytes && { bytes }), times });
  return { status: 200, headers: `ETag: "${etag}"\r\n` };
}

function get(object: StubObject | undefined, { method, header }: StubRequest): StubAnswer {
  if (object === undefined) return { status: 404, ...(method !== 'HEAD' && { headers: 'Content-Type: application/xml\r\n', body: NO_SUCH_KEY }) };
  const about = `ETag: "${object.etag}"\r\nLast-Modified: Sat, 21 Nov 2026 00:00:00 GMT\r\nAccept-Ranges: bytes\r\n`;
  if (method === 'HEAD') return { status: 200, headers: `${about}Content-Length: ${object.size}\r\n` };
  const asked = /^bytes=(\d+)-(\d*)$/.exec(header('range') ?? '');
  if (asked === null) return { status: 200, headers: about, object, range: [0, object.size] };
  const start = Number(asked[1]);
  const end = Math.min(object.size, asked[2] === '' ? object.size : Number(asked[2]) + 1);
  return { status: 206, headers: `${about}Content-Range: bytes ${start}-${end - 1}/${object.size}\r\n`, object, range: [start, end] };
}

interface InParts { readonly bucket: StubBucket; readonly key: string; readonly query: URLSearchParams; readonly uploads: Map<string, number[]> }
/** Of an object in parts only its size is kept. */
function inParts({ method, body }: StubRequest, { bucket, key, query, uploads }: InParts): StubAnswer {
  const id = query.get('uploadId') ?? randomBytes(8).toString('hex');
  const sizes = uploads.get(id) ?? [];
  uploads.set(id, sizes);
  if (query.has('uploads')) return xml(`<InitiateMultipartUploadResult><Bucket>b</Bucket><Key>${key}</Key><UploadId>${id}</UploadId></InitiateMultipartUploadResult>`);
  if (method === 'PUT') {
    sizes[Number(query.get('partNumber')) - 1] = body.size;
    return { status: 200, headers: `ETag: "${body.md5}"\r\n` };
  }
  if (method === 'DELETE') return NO_CONTENT;
  if (method === 'GET') return xml('<ListPartsResult><IsTruncated>false</IsTruncated></ListPartsResult>');
  const etag = `${createHash('md5').update(id).digest('hex')}-${sizes.length}`;
  bucket.set(key, { size: sizes.reduce((sum, size) => sum + size, 0), etag });
  return xml(`<CompleteMultipartUploadResult><Location>l</Location><Bucket>b</Bucket><Key>${key}</Key><ETag>&quot;${etag}&quot;</ETag></CompleteMultipartUploadResult>`);
}

const NO_SUCH_KEY = Buffer.from('<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message></Error>');
const xml = (text: string): StubAnswer => ({ status: 200, headers: 'Content-Type: application/xml\r\n', body: Buffer.from(`<?xml version="1.0" encoding="UTF-8"?>\n${text}`) });
