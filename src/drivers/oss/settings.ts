import { TowlineError } from '../../errors.ts';
import type { ConnectionSettings } from '../../http/transport.ts';
import type { Runtime } from '../../runtime.ts';
import { type Endpoint, resolveEndpoint } from './endpoint.ts';
import { options as table, type OssOptions } from './options.ts';

/** Everything about one remote that options and environment say together. */
export interface Settings {
  readonly endpoint: Endpoint;
  readonly signature: { readonly version: 'v1' } | { readonly version: 'v4'; readonly region: string };
  readonly connection: ConnectionSettings;
}

/** What the environment stands in for. */
type Lent = 'oss_key_id' | 'oss_key_secret' | 'oss_endpoint' | 'oss_session_token' | 'oss_ram_role' | 'oss_region';

/** The value of an option, else that of its variable. */
export function settingOf(key: Lent, options: OssOptions, { env }: Pick<Runtime, 'env'>): string | undefined {
  return options[key] ?? table[key].env.map((name) => env[name]).find((value) => value !== undefined && value !== '');
}

export function readSettings(bucket: string, options: OssOptions, runtime: Pick<Runtime, 'env'>): Settings {
  const text = settingOf('oss_endpoint', options, runtime);
  if (text === undefined || text === '') throw new TowlineError('INVALID_CONFIG', 'No endpoint of OSS is set', { hint: 'Set oss_endpoint of the remote, or OSS_ENDPOINT, to the one of the bucket, such as https://oss-cn-hangzhou.aliyuncs.com.' });
  const endpoint = resolveEndpoint(bucket, text, options.addressing_style);
  return { endpoint, signature: chooseSignature(settingOf('oss_region', options, runtime) ?? endpoint.region, options), connection: connectionSettings(options) };
}

/** V4 wherever it can be: Alibaba refuses V1 to new accounts. Without a region only V1 can be, which is also what DVC does. */
function chooseSignature(region: string | undefined, { signature_version: wanted = 'auto' }: OssOptions): Settings['signature'] {
  if (wanted === 'v1' || (wanted === 'auto' && region === undefined)) return { version: 'v1' };
  // 'oss-cn-hangzhou' is how some tools name the region.
  const name = region?.replace(/^oss-/, '');
  if (name === undefined) throw new TowlineError('INVALID_CONFIG', 'V4 signatures need the region of the bucket, and the endpoint does not name it', { hint: 'Set oss_region of the remote, or OSS_REGION, for example to cn-hangzhou.' });
  if (!/^[a-z0-9][a-z0-9-]*$/.test(name)) throw new TowlineError('INVALID_CONFIG', `'${name}' is not a region of OSS`, { hint: 'Correct oss_region of the remote, or OSS_REGION, for example to cn-hangzhou.' });
  return { version: 'v4', region: name };
}

function connectionSettings({ ssl_verify: verify, connect_timeout: connect, read_timeout: read }: OssOptions): ConnectionSettings {
  return {
    verifyTls: verify !== false,
    ...(typeof verify === 'string' ? { caFile: verify } : {}),
    ...(connect === undefined ? {} : { connectTimeoutSeconds: connect }),
    ...(read === undefined ? {} : { idleTimeoutSeconds: read }),
  };
}
