/** What one S3 service does in its own way. A row is a fact with its source and the day it was looked at. */
export interface Profile {
  readonly name: string;
  /** Matches the host of the endpoint. */
  readonly host?: RegExp;
  /** Matches the `Server` header of an answer. */
  readonly server?: RegExp;
  /** Matches the request id of an answer, where a service has no other mark. */
  readonly requestId?: RegExp;
  /** Whether If-None-Match and If-Match on writes are obeyed. False also where nobody has shown it. */
  readonly conditionalWrites: boolean;
  readonly listV2: boolean;
  /** Objects in one DeleteObjects; 1: there is none, each is deleted by itself. */
  readonly deleteBatch: number;
  readonly addressing: 'virtual' | 'path';
  /** Whether an ETag of 32 hex digits is the MD5 of an object written by one PUT without encryption. */
  readonly etagIsMd5: boolean;
  /** Whether a PUT that is cut off leaves a short object in sight, unless a Content-MD5 gives it away. */
  readonly showsCutUploads: boolean;
  readonly source: string;
  readonly checked: string;
}

const usual = { conditionalWrites: false, listV2: true, deleteBatch: 1000, addressing: 'path', etagIsMd5: true, showsCutUploads: false } as const;

/** The first row whose host or server matches counts. */
export const profiles: readonly Profile[] = [
  { ...usual, name: 'aws', host: /(?:^|\.)(?:s3[.-][a-z0-9.-]*|s3)\.?amazonaws\.(?:com|com\.cn|eu)$/, server: /^AmazonS3/, conditionalWrites: true, addressing: 'virtual',
    source: 'https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html', checked: '2026-11-21' },
  // Listing and deleting speak XML of S3; DeleteObjects is not offered in the XML API's older form, so each object is deleted by itself.
  { ...usual, name: 'gcs', host: /(?:^|\.)storage\.googleapis\.com$/, server: /^UploadServer/, deleteBatch: 1,
    source: 'https://cloud.google.com/storage/docs/interoperability', checked: '2026-11-21' },
  { ...usual, name: 'r2', host: /\.r2\.cloudflarestorage\.com$/, conditionalWrites: true,
    source: 'https://developers.cloudflare.com/r2/api/s3/api/', checked: '2026-11-21' },
  { ...usual, name: 'b2', host: /\.backblazeb2\.com$/, source: 'https://www.backblaze.com/docs/cloud-storage-s3-compatible-api', checked: '2026-11-21' },
  { ...usual, name: 'wasabi', host: /(?:^|\.)wasabisys\.com$/, server: /^WasabiS3/, source: 'https://docs.wasabi.com/apidocs/wasabi-api', checked: '2026-11-21' },
  { ...usual, name: 'spaces', host: /\.digitaloceanspaces\.com$/, source: 'https://docs.digitalocean.com/reference/api/spaces/', checked: '2026-11-21' },
  { ...usual, name: 'oss', host: /(?:^|[.-])oss-[a-z0-9-]+\.aliyuncs\.com$/, server: /^AliyunOSS/, addressing: 'virtual',
    source: 'https://www.alibabacloud.com/help/en/oss/developer-reference/compatibility-with-amazon-s3', checked: '2026-11-21' },
  { ...usual, name: 'minio', server: /^MinIO/, conditionalWrites: true, source: 'test/drivers/s3.test.ts on MinIO 2026-02-12', checked: '2026-11-21' },
  { ...usual, name: 'versitygw', server: /^VERSITYGW/i, conditionalWrites: true, showsCutUploads: true, source: 'test/conformance on versitygw 1.8.0', checked: '2026-11-21' },
  // 16.2 obeys If-None-Match on PUT, but overwrites at the end of an upload in parts all the same, and fails If-Match with the right quoted ETag.
  { ...usual, name: 'ceph', server: /^Ceph Object Gateway/, requestId: /^tx[0-9a-f]{21}-/, source: 'test/drivers/s3.test.ts on Ceph RGW 16.2.15', checked: '2026-11-21' },
];

/** A service nobody has described: only what every one of them does is taken for granted. */
export const unknownProfile: Profile = { ...usual, name: 'unknown', source: 'nothing is known of it', checked: '2026-11-21' };

export const profileByHost = (host: string): Profile | undefined => profiles.find((row) => row.host?.test(host.replace(/:\d+$/, '')));
export const profileByAnswer = (server: string, requestId: string): Profile | undefined => profiles.find((row) => row.server?.test(server) === true || row.requestId?.test(requestId) === true);
