import { TowlineError } from '../errors.ts';
import type { Address } from './definition.ts';

/** How one service spells `scheme://bucket/key`. */
export interface BucketScheme {
  readonly scheme: string;
  /** Names the service in messages. */
  readonly service: string;
  /** Where credentials belong instead. */
  readonly credentialsHint: string;
  /** What names a version at the very end of a key, in two groups: the key, the version. Default: `?versionId=...`. */
  readonly version?: RegExp;
  /** Throws by `unusable` for a name no bucket can have. */
  checkBucket(bucket: string, unusable: (why: string, hint?: string) => TowlineError): void;
}

/**
 * Reads `scheme://bucket/key`. Nothing in a key is special: '?', '#', '%' and blanks are characters of its name. Only DVC's own way to name a
 * version at the very end is taken off.
 */
export function parseBucketAddress(url: string, { scheme, service, credentialsHint, version = VERSION_ID, checkBucket }: BucketScheme): Address {
  const unusable = (why: string, hint = 'Correct the url of the remote.', shown = url): TowlineError =>
    new TowlineError('INVALID_CONFIG', `${shown} is not a usable ${service} address: ${why}`, { hint });
  const hasScheme = url.slice(0, scheme.length + 3).toLowerCase() === `${scheme}://`;
  const [, bucket = '', rest = ''] = /^([^/]*)(?:\/([^]*))?$/.exec(hasScheme ? url.slice(scheme.length + 3) : '') ?? [];
  if (bucket === '') throw unusable(`it must be ${scheme}://BUCKET or ${scheme}://BUCKET/PREFIX`);
  if (bucket.includes('@')) throw unusable('credentials do not belong in it', credentialsHint, `${scheme}://***`);
  checkBucket(bucket, unusable);
  const { key, versionId } = splitVersion(rest.replace(/\/+$/, ''), version);
  // Segments of dots would be folded by every HTTP client and proxy on the way, so that another object would be touched.
  if (key.startsWith('/')) throw unusable('the prefix begins with two slashes');
  if (/[\u0000-\u001f\u007f]/.test(key)) throw unusable('it holds a control character', undefined, JSON.stringify(url));
  if (/(?:^|\/)\.{1,2}(?:\/|$)/.test(key)) throw unusable("it has a '.' or '..' segment");
  return { displayUrl: key === '' ? `${scheme}://${bucket}` : `${scheme}://${bucket}/${key}`, host: bucket, path: key, ...(versionId === undefined ? {} : { versionId }) };
}

const VERSION_ID = /^([^]*)\?versionId=([A-Za-z0-9._~+=-]+)$/;

function splitVersion(key: string, version: RegExp): { readonly key: string; readonly versionId?: string } {
  const match = version.exec(key);
  return match?.[1] === undefined || match[2] === undefined ? { key } : { key: match[1], versionId: match[2] };
}
