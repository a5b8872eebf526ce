import { TowlineError } from '../../errors.ts';
import { choice, type Details, either, file, flag, type Option, secret, text } from '../../storage/options.ts';

const count = (help: string, details?: Details): Option<number | undefined> => number(help, { ...details, form: 'COUNT', pattern: /^[1-9]\d{0,8}$/ });
const wait = (help: string): Option<number | undefined> => number(help, { form: 'SECONDS', pattern: /^\d{1,6}(?:\.\d+)?$/ });

function number(help: string, { form, pattern, ...details }: Details & { readonly form: string; readonly pattern: RegExp }): Option<number | undefined> {
  const parse = (value: string): number => {
    if (!pattern.test(value) || Number(value) === 0) throw new TowlineError('INVALID_CONFIG', `expected ${form === 'COUNT' ? 'a whole number above 0' : 'a number of seconds above 0'}, got '${value}'`);
    return Number(value);
  };
  return { ...text(help, details), form, initial: undefined, parse };
}

const grant = (what: string): Option<string | undefined> => text(`who gets ${what}: id="CANONICAL-ID", uri="GROUP" or emailAddress="..."`);

/** The options of an S3 remote, spelled as DVC spells them. Which exclude each other is checked in `object-headers.ts`, in DVC's words. */
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
  read_timeout: wait('longest silence of the service'),
  connect_timeout: wait('longest wait for a connection'),
  listobjects: flag('list by ListObjects instead of ListObjectsV2', { initial: false }),
  sse: text('server-side encryption: AES256, aws:kms or aws:kms:dsse'),
  sse_kms_key_id: text('KMS key for sse=aws:kms'),
  sse_customer_key: secret('own key for SSE-C: 32 bytes in base64'),
  sse_customer_algorithm: text('algorithm for sse_customer_key, AES256 if not given'),
  acl: text('canned ACL of what is written, such as bucket-owner-full-control'),
  grant_read: grant('read access'),
  grant_read_acp: grant('read access to the ACL'),
  grant_write_acp: grant('write access to the ACL'),
  grant_full_control: grant('full control'),
  cache_regions: flag('accepted: the region that the service names is always remembered', { initial: true }),
  jobs: count('transfers at once'),
  checksum_jobs: count('files hashed at once'),
  verify: flag('hash again what was downloaded', { initial: false }),
  version_aware: flag('keep files under their own names, by versions', { initial: false }),
  worktree: flag('mirror the work tree', { initial: false }),
  no_traverse: flag('accepted and ignored', { initial: false, deprecated: 'it has no effect' }),
  conditional_writes: choice(['auto', 'on', 'off'], 'whether the service honours If-Match and If-None-Match on writes; auto: known services only', { owner: 'towline' }),
  addressing_style: choice(['auto', 'virtual', 'path'], 'where the bucket stands: in the host name or in the path', { owner: 'towline' }),
  payload_signing_enabled: flag('sign the bytes of every upload, which costs a second reading of them', { initial: false, owner: 'towline' }),
} as const;

export type S3Options = { readonly [K in keyof typeof options]: (typeof options)[K]['initial'] };
