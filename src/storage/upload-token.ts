import { TowlineError } from '../errors.ts';

/** What a token of an upload in parts holds, for services that name uploads by bucket, key and an id of their own. */
export interface UploadToken {
  readonly bucket: string;
  readonly key: string;
  readonly uploadId: string;
  readonly partSize: number;
}

export function writeUploadToken({ bucket, key, uploadId, partSize }: UploadToken): string {
  return Buffer.from(JSON.stringify([1, bucket, key, uploadId, partSize])).toString('base64url');
}

/** Throws NOT_FOUND when the token is damaged, or of another object than `bucket` and `key` name. */
export function readUploadToken(token: string, { bucket, key, where }: Pick<UploadToken, 'bucket' | 'key'> & { readonly where: string }): UploadToken {
  try {
    const [version, ofBucket, ofKey, uploadId, partSize] = JSON.parse(Buffer.from(token, 'base64url').toString()) as readonly unknown[];
    if (version === 1 && ofBucket === bucket && ofKey === key && typeof uploadId === 'string' && Number.isSafeInteger(partSize)) return { bucket, key, uploadId, partSize: partSize as number };
  } catch (cause) {
    throw new TowlineError('NOT_FOUND', `The upload of ${where} cannot be taken up: its token is damaged`, { cause, hint: 'Start it anew.' });
  }
  throw new TowlineError('NOT_FOUND', `The upload of ${where} cannot be taken up: its token is of another object`, { hint: 'Start it anew.' });
}
