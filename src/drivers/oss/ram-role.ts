import { TowlineError } from '../../errors.ts';
import { readText } from '../../http/bounded.ts';
import type { KeyCredentials } from '../../http/login.ts';
import { encodeComponent } from '../../http/percent-encoding.ts';
import type { HttpResponse, Transport } from '../../http/transport.ts';
import type { Opening } from '../../storage/definition.ts';
import type { Header } from './request.ts';

/** Of every ECS instance, reached from inside it alone. */
const ADDRESS = 'http://100.100.100.200';
const ROLES = '/latest/meta-data/ram/security-credentials/';
const ANSWER_BYTES = 64 * 1024;
const TOKEN_SECONDS = 21_600;

/**
 * Asks the instance's metadata for the temporary keys of its RAM role, in the hardened mode (a token first) and, where the instance does not
 * have it and nobody forbids it, in the old one. https://www.alibabacloud.com/help/en/ecs/user-guide/view-instance-metadata (2026-11-21)
 */
export async function fetchRoleCredentials(role: string, address: string | undefined, { connect, env }: Pick<Opening, 'connect' | 'env'>): Promise<KeyCredentials> {
  if (isOn(env['ALIBABA_CLOUD_ECS_METADATA_DISABLED'])) throw unavailable('ALIBABA_CLOUD_ECS_METADATA_DISABLED forbids to ask for the role of this instance');
  const base = checkAddress(address ?? ADDRESS);
  // The address is nobody's outside of a cloud, so a wait would be for nothing; a proxy would be told the keys.
  const transport = connect({ connectTimeoutSeconds: 2, idleTimeoutSeconds: 5, usesProxy: false });
  try {
    const token = await fetchToken(transport, base, !isOn(env['ALIBABA_CLOUD_IMDSV1_DISABLED']));
    const headers: readonly Header[] = token === undefined ? [] : [['x-aliyun-ecs-metadata-token', token]];
    const ask = async (path: string): Promise<HttpResponse> => transport.send({ method: 'GET', url: new URL(base + path), headers });
    const name = role === 'auto' ? await fetchRoleName(await ask(ROLES)) : role;
    return await readCredentials(await ask(ROLES + encodeComponent(name)), name);
  } catch (cause) {
    if (!(cause instanceof TowlineError) || (cause.code !== 'UNAVAILABLE' && cause.code !== 'TIMEOUT')) throw cause;
    throw unavailable(`the metadata of this machine cannot be asked (${cause.message})`, cause);
  } finally {
    await transport.close?.();
  }
}

async function fetchToken(transport: Transport, base: string, mayGoWithout: boolean): Promise<string | undefined> {
  const response = await transport.send({ method: 'PUT', url: new URL(`${base}/latest/api/token`), headers: [['x-aliyun-ecs-metadata-token-ttl-seconds', String(TOKEN_SECONDS)]] });
  if (response.status === 200) {
    const token = (await readText(response, ANSWER_BYTES)).trim();
    if (/^[\x21-\x7e]+$/.test(token)) return token;
    throw unavailable('the metadata service sent something that is no token');
  }
  response.cancel();
  if (mayGoWithout) return undefined;
  throw unavailable(`the metadata service gave no token (HTTP ${response.status}), and ALIBABA_CLOUD_IMDSV1_DISABLED forbids to go without`);
}

async function fetchRoleName(response: HttpResponse): Promise<string> {
  const name = (await textOf(response, 'this instance has no RAM role')).trim().split('\n')[0]?.trim() ?? '';
  if (name === '') throw unavailable('this instance has no RAM role');
  return name;
}

async function readCredentials(response: HttpResponse, role: string): Promise<KeyCredentials> {
  const fields = parse(await textOf(response, `this instance has no RAM role '${role}'`));
  const { AccessKeyId: accessKeyId, AccessKeySecret: secretAccessKey, SecurityToken: sessionToken, Expiration: end } = fields;
  const expiresAt = typeof end === 'string' ? Date.parse(end) : Number.NaN;
  if (typeof accessKeyId !== 'string' || typeof secretAccessKey !== 'string' || typeof sessionToken !== 'string' || Number.isNaN(expiresAt)) {
    throw unavailable(`the metadata service sent no keys for the RAM role '${role}'`);
  }
  return { accessKeyId, secretAccessKey, sessionToken, expiresAt };
}

async function textOf(response: HttpResponse, absent: string): Promise<string> {
  if (response.status === 200) return readText(response, ANSWER_BYTES);
  response.cancel();
  if (response.status === 404) throw unavailable(absent);
  throw unavailable(`the metadata service answered with HTTP ${response.status}`);
}

function parse(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    // What is no JSON holds no keys, and is not repeated: it might hold a secret.
    return {};
  }
}

function checkAddress(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.username !== '') throw new TowlineError('INVALID_CONFIG', `oss_metadata_endpoint must be an http:// or https:// address`, { hint: `Unset it: it is ${ADDRESS} on every ECS instance.` });
  return url.origin;
}

const isOn = (value: string | undefined): boolean => /^true$/i.test(value ?? '');

const unavailable = (why: string, cause?: unknown): TowlineError =>
  new TowlineError('UNAUTHENTICATED', `No keys from the RAM role: ${why}`, { cause, hint: 'Attach a RAM role to the ECS instance and name it in oss_ram_role, or set oss_key_id and oss_key_secret of the remote.' });
