import { type BucketScheme, parseBucketAddress } from '../../storage/bucket-address.ts';
import type { Address } from '../../storage/definition.ts';

const scheme: BucketScheme = {
  scheme: 'oss',
  service: 'OSS',
  credentialsHint: 'Set oss_key_id and oss_key_secret of the remote.',
  // https://www.alibabacloud.com/help/en/oss/user-guide/bucket-naming-conventions (2026-11-21)
  checkBucket(bucket, unusable) {
    if (!/^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/.test(bucket)) throw unusable(`'${bucket}' cannot be the name of a bucket`, 'A bucket of OSS is named by 3 to 63 lower-case letters, digits and hyphens.');
  },
};

/** Reads `oss://bucket/key`. */
export const parseAddress = (url: string): Address => parseBucketAddress(url, scheme);
