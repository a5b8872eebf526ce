import { type BucketScheme, parseBucketAddress } from '../../storage/bucket-address.ts';
import type { Address } from '../../storage/definition.ts';

const scheme: BucketScheme = {
  scheme: 's3',
  service: 'S3',
  credentialsHint: 'Set access_key_id and secret_access_key of the remote, or use a profile.',
  checkBucket(bucket, unusable) {
    if (bucket.startsWith('arn:')) throw unusable('access points by ARN are not supported', "Use the access point's alias, which ends in '-s3alias', in place of the bucket's name.");
    if (!/^[A-Za-z0-9][A-Za-z0-9._-]{1,254}$/.test(bucket)) throw unusable(`'${bucket}' cannot be the name of a bucket`);
  },
};

/** Reads `s3://bucket/key`. */
export const parseAddress = (url: string): Address => parseBucketAddress(url, scheme);
