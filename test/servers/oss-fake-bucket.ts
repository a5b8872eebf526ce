import { document, element, escapeXml, type FakeAnswer, isoTime, OssFault, type RawRequest, text, valueOf } from './oss-fake-answers.ts';
import { deleteMany } from './oss-fake-objects.ts';
import { liveKeys, sorted, type StoredBucket, type StoredVersion } from './oss-fake-store.ts';

/** A request about a bucket. */
export interface BucketCall {
  readonly request: RawRequest;
  readonly query: ReadonlyMap<string, string>;
  readonly bucket: StoredBucket;
  readonly region: string;
  readonly mayDelete: (key: string) => boolean;
  /** An old installation answers GetBucketV2 as if it were GetBucket. */
  readonly knowsV2: boolean;
}

/** Answers what is asked about a bucket. */
export function answerBucket(call: BucketCall): FakeAnswer {
  const { request: { method }, query } = call;
  if (method === 'POST' && query.has('delete')) return deleteMany(call);
  if (method === 'PUT' && query.has('versioning')) return putVersioning(call);
  if (method !== 'GET' && method !== 'HEAD') throw new OssFault(405, 'MethodNotAllowed', { message: 'The specified method is not allowed against this resource.' });
  if (query.has('bucketInfo')) return bucketInfo(call);
  if (query.has('location')) return { status: 200, body: document(text('LocationConstraint', `oss-${call.region}`)) };
  if (query.has('acl')) return { status: 200, body: document(element('AccessControlPolicy', element('AccessControlList', text('Grant', call.bucket.acl)))) };
  if (query.has('versioning')) return { status: 200, body: document(element('VersioningConfiguration', ...(call.bucket.versioning === '' ? [] : [text('Status', call.bucket.versioning)]))) };
  if (query.has('versions')) return listVersions(call);
  if (query.has('uploads')) return listUploads(call);
  return listObjects(call);
}

function bucketInfo({ bucket, region }: BucketCall): FakeAnswer {
  return { status: 200, body: document(element('BucketInfo', element('Bucket',
    text('CreationDate', '2026-01-01T00:00:00.000Z'), text('ExtranetEndpoint', `oss-${region}.aliyuncs.com`), text('IntranetEndpoint', `oss-${region}-internal.aliyuncs.com`), text('Location', `oss-${region}`),
    text('Name', bucket.name), text('StorageClass', 'Standard'), element('Owner', text('DisplayName', '1'), text('ID', '1')), element('AccessControlList', text('Grant', bucket.acl))))) };
}

function putVersioning({ request, bucket }: BucketCall): FakeAnswer {
  const status = valueOf(request.body.toString(), 'Status');
  if (status !== 'Enabled' && status !== 'Suspended') throw new OssFault(400, 'MalformedXML');
  bucket.versioning = status;
  return { status: 200 };
}

const entry = (name: string, key: string, { etag, type, bytes, modifiedAt }: StoredVersion): string => element(name,
  text('Key', key), text('LastModified', isoTime(modifiedAt)), text('ETag', `"${etag}"`), text('Type', type), text('Size', bytes.byteLength), text('StorageClass', 'Standard'),
  element('Owner', text('ID', '1'), text('DisplayName', '1')));

/** Both listings. OSS gives 100 keys when nobody says how many. */
function listObjects({ query, bucket, knowsV2 }: BucketCall): FakeAnswer {
  const isV2 = knowsV2 && query.get('list-type') === '2';
  const [prefix, delimiter, most] = [query.get('prefix') ?? '', query.get('delimiter') ?? '', pageSize(query)];
  const token = query.get('continuation-token');
  const after = isV2 ? (token === undefined ? query.get('start-after') ?? '' : Buffer.from(token, 'base64').toString()) : query.get('marker') ?? '';
  const names = namesOf(bucket, { prefix, delimiter }).filter((name) => Buffer.compare(Buffer.from(name), Buffer.from(after)) > 0);
  const shown = names.slice(0, most);
  const encode = encoder(query);
  const isTruncated = names.length > shown.length;
  const last = shown.at(-1) ?? '';
  const rows = shown.map((name) => {
    const newest = bucket.objects.get(name)?.[0];
    return newest === undefined || isCommon(name, { prefix, delimiter }) ? element('CommonPrefixes', text('Prefix', encode(name))) : entry('Contents', encode(name), newest);
  });
  const next = !isTruncated ? [] : isV2 ? [text('NextContinuationToken', Buffer.from(last).toString('base64'))] : [text('NextMarker', encode(last))];
  return { status: 200, body: document(element('ListBucketResult',
    text('Name', bucket.name), text('Prefix', encode(prefix)), isV2 ? text('KeyCount', shown.length) : text('Marker', encode(after)), text('MaxKeys', most), text('Delimiter', encode(delimiter)),
    ...encodingType(query), text('IsTruncated', isTruncated), ...next, ...rows)) };
}

interface Filter { readonly prefix: string; readonly delimiter: string }

/** Keys, and what the delimiter makes of several, in order. */
function namesOf(bucket: StoredBucket, { prefix, delimiter }: Filter): readonly string[] {
  const keys = liveKeys(bucket).filter((key) => key.startsWith(prefix));
  if (delimiter === '') return keys;
  return sorted([...new Set(keys.map((key) => {
    const at = key.indexOf(delimiter, prefix.length);
    return at < 0 ? key : key.slice(0, at + delimiter.length);
  }))]);
}
const isCommon = (name: string, { prefix, delimiter }: Filter): boolean => delimiter !== '' && name.length > prefix.length && name.endsWith(delimiter);

function listVersions({ query, bucket }: BucketCall): FakeAnswer {
  const [prefix, keyMarker, idMarker, most] = [query.get('prefix') ?? '', query.get('key-marker') ?? '', query.get('version-id-marker'), pageSize(query)];
  const all = sorted([...bucket.objects.keys()]).filter((key) => key.startsWith(prefix)).flatMap((key) => (bucket.objects.get(key) ?? []).map((version, index) => ({ key, version, isLatest: index === 0 })));
  const marked = idMarker === undefined ? -1 : all.findIndex(({ key, version }) => key === keyMarker && version.versionId === idMarker);
  const later = marked >= 0 ? all.slice(marked + 1) : all.filter(({ key }) => Buffer.compare(Buffer.from(key), Buffer.from(keyMarker)) > 0);
  const shown = later.slice(0, most);
  const encode = encoder(query);
  const rows = shown.map(({ key, version, isLatest }) => {
    const marks = text('VersionId', version.versionId) + text('IsLatest', isLatest);
    if (version.isDeleteMarker) return element('DeleteMarker', text('Key', encode(key)), marks, text('LastModified', isoTime(version.modifiedAt)), element('Owner', text('ID', '1'), text('DisplayName', '1')));
    return entry('Version', encode(key), version).replace('</Key>', `</Key>${marks}`);
  });
  const last = shown.at(-1);
  const next = later.length > shown.length && last ? [text('NextKeyMarker', encode(last.key)), text('NextVersionIdMarker', last.version.versionId)] : [];
  return { status: 200, body: document(element('ListVersionsResult',
    text('Name', bucket.name), text('Prefix', encode(prefix)), text('KeyMarker', encode(keyMarker)), text('VersionIdMarker', idMarker ?? ''), text('MaxKeys', most), text('Delimiter', ''),
    ...encodingType(query), text('IsTruncated', next.length > 0), ...next, ...rows)) };
}

function listUploads({ query, bucket }: BucketCall): FakeAnswer {
  const encode = encoder(query);
  const rows = [...bucket.uploads].map(([id, { key, startedAt }]) => element('Upload', text('Key', encode(key)), text('UploadId', id), text('Initiated', isoTime(startedAt))));
  return { status: 200, body: document(element('ListMultipartUploadsResult', text('Bucket', bucket.name), ...encodingType(query), text('IsTruncated', false), ...rows)) };
}

function pageSize(query: ReadonlyMap<string, string>): number {
  const most = Number(query.get('max-keys') ?? 100);
  if (!(Number.isInteger(most) && most >= 1 && most <= 1000)) throw new OssFault(400, 'InvalidArgument', { message: `Argument max-keys must be an integer between 1 and 1000: ${escapeXml(String(most))}` });
  return most;
}
const encodingType = (query: ReadonlyMap<string, string>): readonly string[] => (query.get('encoding-type') === 'url' ? [text('EncodingType', 'url')] : []);
const encoder = (query: ReadonlyMap<string, string>): ((key: string) => string) => (query.get('encoding-type') === 'url' ? encodeURIComponent : (key) => key);
