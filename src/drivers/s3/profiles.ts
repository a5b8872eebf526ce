/** What a service is known by: the host of its endpoint, the `Server` header of its answers, or, where it has no other mark, its request ids. */
interface Marks {
  readonly host?: RegExp;
  readonly server?: RegExp;
  readonly requestId?: RegExp;
}
/** What one S3 service does in its own way. A row is a fact with its source and the day it was looked at. */
export interface Profile {
  readonly name: string;
  readonly marks: Marks;
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
  { ...usual, name: 'aws', marks: { host: /(?:^|\.)(?:s3[.-][a-z0-9.-]*|s3)\.?amazonaws\.(?:com|com\.cn|eu)$/, server: /^AmazonS3/ }, conditionalWrites: true, addressing: 'virtual',
    source: 'https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html', checked: '2026-11-21' },
  // DeleteObjects was refused as NotImplemented in March 2026, and is said to be there since April; one by one works in both cases.
  { ...usual, name: 'gcs', marks: { host: /(?:^|\.)storage\.googleapis\.com$/, server: /^UploadServer/ }, deleteBatch: 1,
    source: 'https://github.com/supabase/storage/issues/898', checked: '2026-11-21' },
  { ...usual, name: 'r2', marks: { host: /\.r2\.cloudflarestorage\.com$/ }, conditionalWrites: true,
    source: 'https://developers.cloudflare.com/r2/api/s3/conditional-operations/', checked: '2026-11-21' },
  // A conditional PUT is refused as NotImplemented.
  { ...usual, name: 'b2', marks: { host: /\.backblazeb2\.com$/ }, source: 'https://github.com/sathinduga/obsidian-s3-sync-and-backup/issues/78', checked: '2026-11-21' },
  { ...usual, name: 'oss', marks: { host: /(?:^|[.-])oss-[a-z0-9-]+\.aliyuncs\.com$/, server: /^AliyunOSS/ }, addressing: 'virtual',
    source: 'https://www.alibabacloud.com/help/en/oss/user-guide/oss-domain-names', checked: '2026-11-21' },
  { ...usual, name: 'minio', marks: { server: /^MinIO/ }, conditionalWrites: true, source: 'test/conformance on MinIO 2026-02-12', checked: '2026-11-21' },
  { ...usual, name: 'versitygw', marks: { server: /^VERSITYGW/i }, conditionalWrites: true, showsCutUploads: true, source: 'test/conformance on versitygw 1.8.0', checked: '2026-11-21' },
  // 16.2 obeys If-None-Match on PUT, but overwrites at the end of an upload in parts all the same, and fails If-Match with the right quoted ETag.
  { ...usual, name: 'ceph', marks: { server: /^Ceph Object Gateway/, requestId: /^tx[0-9a-f]{21}-/ }, source: 'requests to Ceph RGW 16.2.15 by test/servers', checked: '2026-11-21' },
];

/** A service nobody has described: only what every one of them does is taken for granted. */
export const unknownProfile: Profile = { ...usual, name: 'unknown', marks: {}, source: 'nothing is known of it', checked: '2026-11-21' };

export const profileByHost = (host: string): Profile | undefined => profiles.find((row) => row.marks.host?.test(host.replace(/:\d+$/, '')));
export const profileByAnswer = (server: string, requestId: string): Profile | undefined => profiles.find((row) => row.marks.server?.test(server) === true || row.marks.requestId?.test(requestId) === true);
