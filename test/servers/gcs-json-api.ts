import { gunzipSync } from 'node:zlib';
import { headerOf, mimeParts, split } from './gcs-multipart.ts';
import { deleteObject, describeObject, type Described, etagOf, findObject, type GcsBucket, GcsRefusal, insertObject, requireGenerationMatch, crc32cOf, md5Of, type StoredObject } from './gcs-objects.ts';
import { type GcsCall, type GcsContext, type GcsReply, respond } from './gcs-service.ts';

const json = (value: unknown, status = 200): GcsReply => ({ status, headers: { 'content-type': 'application/json; charset=UTF-8' }, body: JSON.stringify(value) });
const nameIn = (text: string | undefined): string => decodeURIComponent(text ?? '');

/** The JSON API, its uploads and its batches. */
export function handleJson(context: GcsContext, call: GcsCall): GcsReply {
  const { method, path, query } = call;
  if (path === '/batch/storage/v1' && method === 'POST') return handleBatch(context, call);
  const upload = /^\/(?:resumable\/)?upload\/storage\/v1\/b\/([^/]+)\/o$/.exec(path);
  if (upload) return handleUpload(context, call, bucketFor(context, call, nameIn(upload[1])));
  const copied = /^\/storage\/v1\/b\/([^/]+)\/o\/([^/]+)\/rewriteTo\/b\/([^/]+)\/o\/([^/]+)$/.exec(path);
  if (copied && method === 'POST') {
    return rewrite(context, call, { from: bucketFor(context, call, nameIn(copied[1])), name: nameIn(copied[2]), to: bucketFor(context, call, nameIn(copied[3])), target: nameIn(copied[4]) });
  }
  const [, bucketName, isInside, objectName] = /^(?:\/download)?\/storage\/v1\/b\/([^/]+)(\/o(?:\/([^/]+))?)?$/.exec(path) ?? [];
  if (bucketName === undefined) throw new GcsRefusal(404, 'notFound', 'Not Found');
  const bucket = bucketFor(context, call, nameIn(bucketName));
  if (isInside === undefined) return json({ kind: 'storage#bucket', name: bucket.name, id: bucket.name, location: 'US', storageClass: 'STANDARD', locationType: 'multi-region', versioning: { enabled: bucket.isVersioned } });
  if (objectName === undefined) return method === 'GET' ? listObjects(context, bucket, query) : refuse(call);
  const name = nameIn(objectName);
  if (method === 'DELETE') {
    requireGenerationMatch(bucket, name, query.get('ifGenerationMatch'));
    deleteObject(bucket, name, query.get('generation'));
    return { status: 204 };
  }
  if (method !== 'GET') return refuse(call);
  const object = findObject(bucket, name, query.get('generation'));
  return query.get('alt') === 'media' || path.startsWith('/download/') ? download(object, call) : json(describeObject(bucket, object, context.url));
}

const refuse = ({ method, path }: GcsCall): never => { throw new GcsRefusal(405, 'methodNotAllowed', `${method} ${path}`); };

/** The bucket, for who may use it and pays where readers pay. */
function bucketFor({ buckets, tokens }: GcsContext, { headers, query, method }: GcsCall, name: string): GcsBucket {
  const bucket = buckets.get(name);
  const token = /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1];
  if (tokens && token !== undefined && !tokens.has(token)) throw new GcsRefusal(401, 'authError', 'Invalid Credentials');
  if (tokens && token === undefined && !(bucket?.isPublic === true && method === 'GET')) throw new GcsRefusal(401, 'required', 'Anonymous caller does not have storage.objects.get access to the Google Cloud Storage object.');
  if (!bucket) throw new GcsRefusal(404, 'notFound', 'The specified bucket does not exist.');
  if (bucket.readersPay && !headers['x-goog-user-project'] && !query.has('userProject')) throw new GcsRefusal(400, 'required', 'Bucket is a requester pays bucket but no user project provided.');
  return bucket;
}

function listObjects({ url, manners }: GcsContext, bucket: GcsBucket, query: URLSearchParams): GcsReply {
  const [prefix, delimiter, startOffset] = ['prefix', 'delimiter', 'startOffset'].map((key) => query.get(key) ?? '') as [string, string, string];
  const token = query.get('pageToken');
  const after = token === null ? -1 : Number(Buffer.from(token, 'base64url').toString());
  const most = Math.min(Number(query.get('maxResults') ?? 1000), manners.pageSize);
  const names = [...bucket.objects.keys()].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))).filter((name) => name.startsWith(prefix) && name >= startOffset);
  const all = names.flatMap((name) => (bucket.objects.get(name) ?? []).filter((object) => query.get('versions')?.toLowerCase() === 'true' || object.deletedAt === undefined));
  const rows = delimiter === '' ? all : all.filter(({ name }) => !name.slice(prefix.length).includes(delimiter));
  const folders = delimiter === '' ? [] : [...new Set(all.filter((one) => !rows.includes(one)).map(({ name }) => name.slice(0, name.indexOf(delimiter, prefix.length) + 1)))];
  const page = rows.slice(after + 1, after + 1 + most);
  const isMore = after + 1 + most < rows.length;
  return json({
    kind: 'storage#objects', ...(isMore && { nextPageToken: Buffer.from(String(after + most)).toString('base64url') }), ...(folders.length > 0 && { prefixes: folders }),
    ...(page.length > 0 && { items: page.map((object) => describeObject(bucket, object, url)) }),
  });
}

/** The stored bytes, unpacked where they are gzip and the reader does not say that he takes gzip: then a range means nothing. */
function download(object: StoredObject, { headers }: GcsCall): GcsReply {
  const { bytes, contentType, contentEncoding, generation, isComposed, updated } = object;
  const isUnpacked = contentEncoding === 'gzip' && !/\bgzip\b/.test(headers['accept-encoding'] ?? '');
  const described = {
    'content-type': contentType, etag: etagOf(object), 'last-modified': new Date(updated).toUTCString(), 'x-goog-generation': generation, 'x-goog-metageneration': '1',
    'x-goog-hash': `crc32c=${crc32cOf(bytes)}${isComposed ? '' : `,md5=${md5Of(bytes)}`}`, 'x-goog-stored-content-encoding': contentEncoding ?? 'identity', 'x-goog-stored-content-length': String(bytes.byteLength),
    ...(contentEncoding !== undefined && !isUnpacked && { 'content-encoding': contentEncoding }),
  };
  if (isUnpacked) return { status: 200, headers: described, body: gunzipSync(bytes) };
  const range = /^bytes=(\d+)-(\d*)$/.exec(headers.range ?? '');
  if (!range) return { status: 200, headers: described, body: bytes };
  const start = Number(range[1]);
  if (start >= bytes.byteLength) return { status: 416, headers: { 'content-type': 'text/plain', 'content-range': `bytes */${bytes.byteLength}` }, body: 'Request range not satisfiable' };
  const end = Math.min(range[2] === '' ? Number.POSITIVE_INFINITY : Number(range[2]), bytes.byteLength - 1);
  return { status: 206, headers: { ...described, 'content-range': `bytes ${start}-${end}/${bytes.byteLength}` }, body: bytes.subarray(start, end + 1) };
}

function handleUpload(context: GcsContext, call: GcsCall, bucket: GcsBucket): GcsReply {
  const { query, headers, body, method, isCut } = call;
  const id = query.get('upload_id');
  if (id !== null) return handleSession(context, call, id);
  const ifGenerationMatch = query.get('ifGenerationMatch');
  const type = query.get('uploadType');
  const described = (text: string): Described => ({ name: query.get('name') ?? '', ...(text.trim() === '' ? {} : (JSON.parse(text) as Described)) });
  if (method !== 'POST' || isCut) return { status: 400 };
  if (type === 'resumable') {
    const started = { contentType: headers['x-upload-content-type']?.toString(), ...described(body.toString()) };
    const made = context.uploads.start(bucket, started, ifGenerationMatch);
    return { status: 200, headers: { location: `${context.url}/upload/storage/v1/b/${bucket.name}/o?uploadType=resumable&upload_id=${made}` } };
  }
  if (type === 'multipart') {
    const [meta, media] = mimeParts(headers['content-type'] ?? '', body);
    if (!meta || !media) throw new GcsRefusal(400, 'badContent', 'Multipart body needs two parts.');
    const object = insertObject(bucket, { contentType: headerOf(media.head, 'content-type'), ...described(meta.body.toString()) }, { bytes: Buffer.from(media.body), ifGenerationMatch });
    return json(describeObject(bucket, object, context.url));
  }
  const object = insertObject(bucket, { contentType: headers['content-type'], name: query.get('name') ?? '', contentEncoding: query.get('contentEncoding') ?? undefined }, { bytes: body, ifGenerationMatch });
  return json(describeObject(bucket, object, context.url));
}

function handleSession({ uploads, url }: GcsContext, { method, headers, body, isCut }: GcsCall, id: string): GcsReply {
  if (method === 'DELETE') {
    uploads.end(id);
    return { status: 499 };
  }
  const standing = uploads.send(id, { range: headers['content-range'], bytes: body, isCut, hashes: headers['x-goog-hash']?.toString() });
  if (standing.kind === 'ended') return { status: 499 };
  if (standing.kind === 'open') return { status: 308, headers: standing.range === undefined ? {} : { range: standing.range } };
  return json(describeObject(standing.bucket, standing.object, url));
}

interface Rewrite { readonly from: GcsBucket; readonly name: string; readonly to: GcsBucket; readonly target: string }

function rewrite({ manners, url }: GcsContext, { query, body }: GcsCall, { from, name, to, target }: Rewrite): GcsReply {
  const source = findObject(from, name, query.get('sourceGeneration'));
  const size = source.bytes.byteLength;
  const done = Number(query.get('rewriteToken') ?? 0) + manners.rewriteBytes;
  if (done < size) return json({ kind: 'storage#rewriteResponse', done: false, objectSize: String(size), totalBytesRewritten: String(done), rewriteToken: String(done) });
  const described = JSON.parse(body.toString() || '{}') as Partial<Described>;
  const object = insertObject(to, { ...source, ...described, name: target, isComposed: source.isComposed }, { bytes: source.bytes, ifGenerationMatch: query.get('ifGenerationMatch') });
  return json({ kind: 'storage#rewriteResponse', done: true, objectSize: String(size), totalBytesRewritten: String(size), resource: describeObject(to, object, url) });
}

/** Each part is a request of its own, with the headers of the whole. */
function handleBatch(context: GcsContext, { headers, body }: GcsCall): GcsReply {
  const parts = mimeParts(headers['content-type'] ?? '', body);
  if (parts.length > 100) throw new GcsRefusal(400, 'badRequest', 'The batch has more than 100 calls.');
  const answers = parts.map(({ head, body: inner }) => {
    const { head: lines } = split(inner);
    const [, method = '', target = '/'] = /^(\w+) (\S+)/.exec(lines) ?? [];
    const { pathname, searchParams } = new URL(target, 'http://service');
    const reply = respond(context, { method, path: pathname, query: searchParams, headers: { authorization: headers.authorization }, body: Buffer.alloc(0), isCut: false });
    const id = headerOf(head, 'content-id')?.replace(/^</, '<response-');
    return `--answers\r\nContent-Type: application/http\r\n${id === undefined ? '' : `Content-ID: ${id}\r\n`}\r\nHTTP/1.1 ${reply.status} Status\r\nContent-Length: ${Buffer.byteLength(reply.body ?? '')}\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n${String(reply.body ?? '')}\r\n`;
  });
  return { status: 200, headers: { 'content-type': 'multipart/mixed; boundary=answers' }, body: `${answers.join('')}--answers--\r\n` };
}
