import { choice, either, file, flag, integer, type Option, secret, text } from '../../storage/options.ts';

const GRANTS = ['grant_read', 'grant_read_acp', 'grant_write_acp', 'grant_full_control'] as const;
const ACL_OR_GRANTS = '`acl` and `grant_*` AWS S3 config options are mutually exclusive';
const KMS_OR_CUSTOMER = '`sse_kms_key_id` and `sse_customer_key` AWS S3 config options are mutually exclusive';
const grant = (what: string): Option<string | undefined> => text(`who gets ${what}: id="CANONICAL-ID", uri="GROUP" or emailAddress="..."`, { excludes: [{ option: 'acl', words: ACL_OR_GRANTS }] });

/** The options of an S3 remote, spelled as DVC spells them; those that exclude each other say so in DVC's words. */
export const options = {
  region: text('region of the bucket', { env: ['AWS_REGION', 'AWS_DEFAULT_REGION'] }),
  profile: text('profile of the AWS files', { env: ['AWS_PROFILE'] }),
  configpath: file('AWS config file', { env: ['AWS_CONFIG_FILE'] }),
  credentialpath: file('AWS credentials file', { env: ['AWS_SHARED_CREDENTIALS_FILE'] }),
  access_key_id: secret('access key id', { env: ['AWS_ACCESS_KEY_ID'] }),
  secret_access_key: secret('secret access key', { env: ['AWS_SECRET_ACCESS_KEY'] }),
  session_token: secret('token of temporary credentials', { env: ['AWS_SESSION_TOKEN'] }),
  allow_anonymous_login: flag('send requests without credentials', { initial: false }),
  endpointurl: text('address of an S3-compatible service', { env: ['AWS_ENDPOINT_URL_S3', 'AWS_ENDPOINT_URL'] }),
  use_ssl: flag('speak https to AWS', { initial: true }),
  ssl_verify: either(flag('verify certificates, or the file of the authority to trust', { initial: true }), file('')),
  read_timeout: integer('longest silence of the service, in seconds', { minimum: 1 }),
  connect_timeout: integer('longest wait for a connection, in seconds', { minimum: 1 }),
  listobjects: flag('list by ListObjects instead of ListObjectsV2', { initial: false }),
  sse: text('server-side encryption: AES256, aws:kms or aws:kms:dsse'),
  sse_kms_key_id: text('KMS key for sse=aws:kms', { excludes: [{ option: 'sse_customer_key', words: KMS_OR_CUSTOMER }] }),
  sse_customer_key: secret('own key for SSE-C: 32 bytes in base64', { excludes: [{ option: 'sse_kms_key_id', words: KMS_OR_CUSTOMER }] }),
  sse_customer_algorithm: text('algorithm for sse_customer_key, AES256 if not given'),
  acl: text('canned ACL of what is written, such as bucket-owner-full-control', { excludes: GRANTS.map((option) => ({ option, words: ACL_OR_GRANTS })) }),
  grant_read: grant('read access'),
  grant_read_acp: grant('read access to the ACL'),
  grant_write_acp: grant('write access to the ACL'),
  grant_full_control: grant('full control'),
  cache_regions: flag('accepted: the region that the service names is always remembered', { initial: true }),
  jobs: integer('transfers at once', { minimum: 1 }),
  checksum_jobs: integer('files hashed at once', { minimum: 1 }),
  verify: flag('for DVC: Towline verifies every object, whatever this says', { initial: true }),
  version_aware: flag('keep files under their own names, by versions', { initial: false }),
  worktree: flag('mirror the work tree', { initial: false }),
  no_traverse: flag('accepted and ignored', { initial: false, deprecated: 'it has no effect' }),
  conditional_writes: choice(['auto', 'on', 'off'], 'whether the service honours If-Match and If-None-Match on writes; auto: known services only', { owner: 'towline' }),
  addressing_style: choice(['auto', 'virtual', 'path'], 'where the bucket stands: in the host name or in the path', { owner: 'towline' }),
  payload_signing_enabled: flag('sign the bytes of every upload, which costs a second reading of them', { initial: false, owner: 'towline' }),
} as const;

export type S3Options = { readonly [K in keyof typeof options]: (typeof options)[K]['initial'] };
