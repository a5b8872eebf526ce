import type { Address } from '../../storage/definition.ts';
import { parseBucketAddress } from '../../storage/bucket-address.ts';

/** Reads `gs://bucket/name`; `#GENERATION` at the very end names a version, as in DVC. */
export const parseAddress = (url: string): Address => parseBucketAddress(url, {
  scheme: 'gs', service: 'Google Cloud Storage', credentialsHint: 'Set credentialpath of the remote.', version: /^([^]+)#(\d{1,20})$/,
  checkBucket(bucket, unusable) {
    // https://cloud.google.com/storage/docs/buckets#naming, 2026-11-21
    if (!/^[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]$/i.test(bucket)) throw unusable(`'${bucket}' cannot be the name of a bucket`);
  },
});
