import { TowlineError } from '../../errors.ts';
import type { Address } from '../../storage/definition.ts';

/**
 * Reads `s3://bucket/key`. Nothing in a key is special: '?', '#', '%' and blanks are characters of its name. Only DVC's own way to name a
 * version, `?versionId=...` at the very end, is taken off.
 */
export function parseAddress(url: string): Address {
  const match = /^s3:\/\/([^/]*)(?:\/([^]*))?$/i.exec(url);
  const bucket = match?.[1] ?? '';
  if (!match || bucket === '') throw unusable(url, 'it must be s3://BUCKET or s3://BUCKET/PREFIX');
  if (bucket.includes('@')) throw unusable('s3://***', 'credentials do not belong in it', 'Set access_key_id and secret_access_key of the remote, or use a profile.');
  checkBucket(url, bucket);
  const { key, versionId } = splitVersion((match[2] ?? '').replace(/\/+$/, ''));
  checkKey(url, key);
  return {
    displayUrl: key === '' ? `s3://${bucket}` : `s3://${bucket}/${key}`,
    host: bucket,
    path: key,
    ...(versionId === undefined ? {} : { versionId }),
  };
}

function splitVersion(key: string): { readonly key: string; readonly versionId?: string } {
  const match = /^([^]*)\?versionId=([A-Za-z0-9._~+=-]+)$/.exec(key);
  return match?.[1] === undefined || match[2] === undefined ? { key } : { key: match[1], versionId: match[2] };
}

function checkBucket(url: string, bucket: string): void {
  if (bucket.startsWith('arn:')) throw unusable(url, 'access points by ARN are not supported', "Use the access point's alias, which ends in '-s3alias', in place of the bucket's name.");
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{1,254}$/.test(bucket)) throw unusable(url, `'${bucket}' cannot be the name of a bucket`);
}

// Segments of dots would be folded by every HTTP client and proxy on the way, so that another object would be touched.
function checkKey(url: string, key: string): void {
  if (key.startsWith('/')) throw unusable(url, 'the prefix begins with two slashes');
  if (/[\u0000-\u001f\u007f]/.test(key)) throw unusable(JSON.stringify(url), 'it holds a control character');
  if (/(?:^|\/)\.{1,2}(?:\/|$)/.test(key)) throw unusable(url, "it has a '.' or '..' segment");
}

const unusable = (url: string, why: string, hint = 'Correct the url of the remote.'): TowlineError =>
  new TowlineError('INVALID_CONFIG', `${url} is not a usable S3 address: ${why}`, { hint });
