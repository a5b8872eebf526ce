import { hash } from 'node:crypto';
import { TowlineError } from '../../errors.ts';
import type { S3Options } from './options.ts';
import type { Header } from './sigv4.ts';

/** The headers that the options put on requests for objects. */
export interface ObjectHeaders {
  /** On whatever makes an object: who may see it, how it is encrypted at rest. */
  readonly write: readonly Header[];
  /** SSE-C: on every request that touches the bytes of an object, parts included. */
  readonly key: readonly Header[];
  /** SSE-C for the source of a copy. */
  readonly sourceKey: readonly Header[];
  /** Whether the service may encrypt so that an ETag is no MD5, though it looks like one. */
  readonly hidesMd5: boolean;
}

/** Turns the options into headers; throws INVALID_CONFIG where two of them contradict each other. */
export function objectHeaders(options: S3Options): ObjectHeaders {
  const grants: Header[] = (['grant_read', 'grant_read_acp', 'grant_write_acp', 'grant_full_control'] as const).flatMap((name) => {
    const value = options[name];
    return value === undefined ? [] : [[`x-amz-${name.replaceAll('_', '-')}`, value] as const];
  });
  if (options.acl !== undefined && grants.length > 0) throw exclusive('`acl` and `grant_*`');
  if (options.sse_kms_key_id !== undefined && options.sse_customer_key !== undefined) throw exclusive('`sse_kms_key_id` and `sse_customer_key`');
  const sse = options.sse ?? (options.sse_kms_key_id === undefined ? undefined : 'aws:kms');
  const write: Header[] = [
    ...(options.acl === undefined ? [] : [['x-amz-acl', options.acl] as const]),
    ...grants,
    ...(sse === undefined ? [] : [['x-amz-server-side-encryption', sse] as const]),
    ...(options.sse_kms_key_id === undefined ? [] : [['x-amz-server-side-encryption-aws-kms-key-id', options.sse_kms_key_id] as const]),
  ];
  for (const [name, value] of write) if (/[^\x20-\x7e]/.test(value)) throw new TowlineError('INVALID_CONFIG', `The value for ${name} holds a character that no header can`, { hint: 'Use plain ASCII in that option.' });
  const key = keyHeaders(options);
  return {
    write,
    key,
    sourceKey: key.map(([name, value]) => [name.replace('x-amz-', 'x-amz-copy-source-'), value] as const),
    hidesMd5: key.length > 0 || (sse?.startsWith('aws:kms') ?? false),
  };
}

function keyHeaders({ sse_customer_key: key, sse_customer_algorithm: algorithm = 'AES256' }: S3Options): readonly Header[] {
  if (key === undefined) return [];
  const bytes = Buffer.from(key, 'base64');
  if (bytes.byteLength !== 32 || bytes.toString('base64') !== key.trim()) throw new TowlineError('INVALID_CONFIG', '`sse_customer_key` must be 32 bytes in base64', { hint: 'Make one with: openssl rand -base64 32' });
  return [
    ['x-amz-server-side-encryption-customer-algorithm', algorithm],
    ['x-amz-server-side-encryption-customer-key', key.trim()],
    ['x-amz-server-side-encryption-customer-key-md5', hash('md5', bytes, 'base64')],
  ];
}

const exclusive = (names: string): TowlineError =>
  new TowlineError('INVALID_CONFIG', `${names} AWS S3 config options are mutually exclusive`, { hint: 'Unset one of them with: tow remote modify NAME OPTION --unset' });
