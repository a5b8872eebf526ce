import { choice, either, file, flag, integer, secret, size, text } from '../../storage/options.ts';

/** The options of an OSS remote. DVC knows the first four and those every remote has. */
export const options = {
  oss_key_id: secret('AccessKey id', { env: ['OSS_ACCESS_KEY_ID'] }),
  oss_key_secret: secret('AccessKey secret', { env: ['OSS_ACCESS_KEY_SECRET'] }),
  oss_endpoint: text('address of the service, such as oss-cn-hangzhou.aliyuncs.com', { env: ['OSS_ENDPOINT'] }),
  verify: flag('for DVC: Towline verifies every object, whatever this says', { initial: true }),
  jobs: integer('transfers at once', { minimum: 1 }),
  checksum_jobs: integer('files hashed at once', { minimum: 1 }),
  version_aware: flag('keep files under their own names, by versions', { initial: false }),
  worktree: flag('mirror the work tree', { initial: false }),
  no_traverse: flag('accepted and ignored', { initial: false, deprecated: 'it has no effect' }),
  oss_session_token: secret('STS token of temporary keys', { owner: 'towline', env: ['OSS_SESSION_TOKEN'] }),
  oss_ram_role: text('RAM role of this ECS instance to log in as; auto: the one it has', { owner: 'towline', env: ['ALIBABA_CLOUD_ECS_METADATA'], excludes: ['oss_key_id', 'oss_key_secret', 'oss_session_token'] }),
  oss_metadata_endpoint: text('where an ECS instance is told its role, http://100.100.100.200 if not given', { owner: 'towline' }),
  allow_anonymous_login: flag('send requests without credentials', { initial: false, owner: 'towline' }),
  oss_region: text('region of the bucket for V4 signatures, where the endpoint does not name it', { owner: 'towline', env: ['OSS_REGION'] }),
  signature_version: choice(['auto', 'v1', 'v4'], 'how requests are signed; auto: v4 where the region is known', { owner: 'towline' }),
  addressing_style: choice(['auto', 'virtual', 'path', 'cname'], 'where the bucket stands: in the host name, in the path, or the endpoint is its own domain', { owner: 'towline' }),
  conditional_writes: choice(['auto', 'on', 'off'], 'whether "create only" is honoured; auto: where the bucket keeps no versions', { owner: 'towline' }),
  listobjects: flag('list by GetBucket instead of GetBucketV2', { initial: false, owner: 'towline' }),
  part_size: size('size of the parts of large objects, at least 1 MiB; grows so that 10,000 reach', { initial: 16 * 1024 ** 2, owner: 'towline' }),
  connect_timeout: integer('longest wait for a connection, in seconds', { minimum: 1, owner: 'towline' }),
  read_timeout: integer('longest silence of the service, in seconds', { minimum: 1, owner: 'towline' }),
  ssl_verify: either(flag('verify certificates, or the file of the authority to trust', { initial: true, owner: 'towline' }), file('', { owner: 'towline' })),
} as const;

export type OssOptions = { readonly [K in keyof typeof options]: (typeof options)[K]['initial'] };
