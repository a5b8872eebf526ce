import type { TowlineError } from '../../errors.ts';
import { type Doing, type Meaning, refusalError } from '../../http/refusal-error.ts';

export type { Doing };

/** What the service said when it refused. */
export interface Refusal {
  readonly status: number;
  /** The service's own code; '' when the answer had none. */
  readonly code: string;
  readonly message: string;
  readonly requestId?: string | undefined;
  readonly hostId?: string | undefined;
  readonly region?: string | undefined;
  /** The service's clock. */
  readonly date?: string | undefined;
  readonly retryAfterSeconds?: number | undefined;
}
const again = 'Nothing is wrong on this side: try again later.';
const rights = 'Ask the owner of the bucket for ListBucket, GetObject, PutObject and DeleteObject on it.';
const login = 'Check access_key_id, secret_access_key and session_token of the remote, the profile, and the AWS_* variables.';
const slow: Meaning = { code: 'RATE_LIMITED', what: 'the service asks to slow down', hint: 'Fewer transfers at once: -j or the jobs option.', retryable: true };
const broken: Meaning = { code: 'UNAVAILABLE', what: 'the service failed', hint: again, retryable: true };
const wrongRegion: Meaning = { code: 'INVALID_CONFIG', what: 'the bucket is in another region', hint: 'Set the region option of the remote to the region of the bucket.' };
const wrongKey: Meaning = { code: 'UNAUTHENTICATED', what: 'the credentials are refused', hint: login };
const kms: Meaning = { code: 'PERMISSION_DENIED', what: 'the KMS key cannot be used', hint: 'Check sse_kms_key_id, and that you may use that key (kms:GenerateDataKey, kms:Decrypt).' };
const damagedUpload: Meaning = { code: 'CORRUPT', what: 'the bytes that arrived are not those that were sent, and were not stored', hint: 'Look whether the source is what it should be; if it is, for a proxy that alters uploads.' };
const noUpload: Meaning = { code: 'NOT_FOUND', what: 'the service has forgotten this upload', hint: 'Start it anew.' };

/** https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html, and what compatible services add. */
const MEANINGS: Readonly<Record<string, Meaning>> = {
  NoSuchKey: { code: 'NOT_FOUND', what: 'it does not exist' },
  NoSuchVersion: { code: 'NOT_FOUND', what: 'that version does not exist' },
  NoSuchUpload: noUpload,
  NoSuchBucket: { code: 'INVALID_CONFIG', what: 'the bucket does not exist', hint: 'Correct the url of the remote, or make the bucket first.' },
  InvalidBucketName: { code: 'INVALID_CONFIG', what: 'the bucket has no possible name', hint: 'Correct the url of the remote.' },
  AccessDenied: { code: 'PERMISSION_DENIED', what: 'access denied', hint: rights },
  AllAccessDisabled: { code: 'PERMISSION_DENIED', what: 'all access to the bucket is disabled', hint: rights },
  AccountProblem: { code: 'PERMISSION_DENIED', what: 'there is a problem with the AWS account', hint: 'Ask AWS Support.' },
  InvalidAccessKeyId: { ...wrongKey, what: 'the service does not know this access key' },
  SignatureDoesNotMatch: { ...wrongKey, what: 'the secret access key does not fit the access key' },
  InvalidToken: { ...wrongKey, what: 'the session token is not valid' },
  InvalidSecurity: wrongKey,
  ExpiredToken: { code: 'UNAUTHENTICATED', what: 'the credentials have expired', hint: "Get new ones, for example with 'aws sso login'." },
  ExpiredTokenException: { code: 'UNAUTHENTICATED', what: 'the credentials have expired', hint: "Get new ones, for example with 'aws sso login'." },
  TokenRefreshRequired: { code: 'UNAUTHENTICATED', what: 'the credentials must be renewed', hint: login },
  RequestTimeTooSkewed: { code: 'UNAUTHENTICATED', what: 'the clock of this machine differs too much from that of the service', hint: 'Set the clock of this machine.' },
  RequestExpired: { code: 'UNAUTHENTICATED', what: 'the request took too long to arrive', hint: 'Set the clock of this machine.', retryable: true },
  PermanentRedirect: wrongRegion,
  TemporaryRedirect: { ...wrongRegion, retryable: true },
  AuthorizationHeaderMalformed: wrongRegion,
  IllegalLocationConstraintException: wrongRegion,
  BadDigest: damagedUpload,
  InvalidDigest: damagedUpload,
  XAmzContentSHA256Mismatch: damagedUpload,
  IncompleteBody: { code: 'UNAVAILABLE', what: 'the upload was cut off', hint: again, retryable: true },
  RequestTimeout: { code: 'TIMEOUT', what: 'the service waited too long for the bytes', hint: again, retryable: true },
  SlowDown: slow,
  SlowDownRead: slow,
  SlowDownWrite: slow,
  Throttling: slow,
  ThrottlingException: slow,
  RequestLimitExceeded: slow,
  BandwidthLimitExceeded: slow,
  TooManyRequests: slow,
  ServiceUnavailable: broken,
  InternalError: broken,
  InternalServerError: broken,
  OperationAborted: { code: 'UNAVAILABLE', what: 'another change of the same object was under way', retryable: true },
  ConditionalRequestConflict: { code: 'UNAVAILABLE', what: 'another change of the same object was under way', retryable: true },
  PreconditionFailed: { code: 'PRECONDITION_FAILED', what: 'it has changed' },
  InvalidRange: { code: 'INVALID_ARGUMENT', what: 'the range lies behind the end' },
  EntityTooLarge: { code: 'INVALID_ARGUMENT', what: 'it is larger than the service allows' },
  EntityTooSmall: { code: 'INVALID_ARGUMENT', what: 'a part is smaller than the service allows' },
  InvalidPart: { code: 'CORRUPT', what: 'a part is missing or differs', hint: 'Start the upload anew.' },
  InvalidPartOrder: { code: 'INVALID_ARGUMENT', what: 'the parts are out of order' },
  KeyTooLongError: { code: 'INVALID_ARGUMENT', what: 'its name is longer than 1024 bytes', hint: 'Use a shorter prefix or name.' },
  XMinioInvalidObjectName: { code: 'INVALID_ARGUMENT', what: 'the service cannot store such a name' },
  InvalidObjectState: { code: 'UNSUPPORTED', what: 'it lies in an archive', hint: 'Restore it first, for example with: aws s3api restore-object' },
  InvalidStorageClass: { code: 'INVALID_CONFIG', what: 'the service has no such storage class' },
  InvalidEncryptionAlgorithmError: { code: 'INVALID_CONFIG', what: 'the service does not know this encryption', hint: 'Check the sse option.' },
  AccessControlListNotSupported: { code: 'INVALID_CONFIG', what: 'the bucket has ACLs turned off', hint: 'Unset acl and grant_* of the remote.' },
  ServerSideEncryptionConfigurationNotFoundError: kms,
  NotImplemented: { code: 'UNSUPPORTED', what: 'the service does not do this' },
  MethodNotAllowed: { code: 'UNSUPPORTED', what: 'the service does not allow this here' },
  QuotaExceeded: { code: 'PERMISSION_DENIED', what: 'the quota is used up', hint: 'Free space, or ask for more.' },
  XMinioStorageFull: { code: 'UNAVAILABLE', what: 'the service has no space left', hint: 'Free space on the server.' },
};

const BY_STATUS: Readonly<Record<number, Meaning>> = {
  301: wrongRegion,
  307: { ...wrongRegion, retryable: true },
  400: { code: 'INVALID_ARGUMENT', what: 'the service calls the request wrong' },
  401: wrongKey,
  403: { code: 'PERMISSION_DENIED', what: 'access denied', hint: rights },
  404: { code: 'NOT_FOUND', what: 'it does not exist' },
  405: { code: 'UNSUPPORTED', what: 'the service does not allow this here' },
  408: { code: 'TIMEOUT', what: 'the service waited too long', hint: again, retryable: true },
  409: { code: 'UNAVAILABLE', what: 'another change was under way', retryable: true },
  412: { code: 'PRECONDITION_FAILED', what: 'it has changed' },
  416: { code: 'INVALID_ARGUMENT', what: 'the range lies behind the end' },
  429: slow,
  501: { code: 'UNSUPPORTED', what: 'the service does not do this' },
  503: slow,
};

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html */
const PERMISSIONS: Readonly<Record<string, string>> = {
  read: 's3:GetObject', 'look at': 's3:GetObject', write: 's3:PutObject', 'start the upload of': 's3:PutObject', 'finish the upload of': 's3:PutObject', 'copy to': 's3:PutObject, and s3:GetObject on the source,',
  'end the upload of': 's3:AbortMultipartUpload', 'look at the upload of': 's3:ListMultipartUploadParts', delete: 's3:DeleteObject', 'delete objects in': 's3:DeleteObject', list: 's3:ListBucket', find: 's3:ListBucket',
  'list the versions in': 's3:ListBucketVersions', 'ask for the versioning of': 's3:GetBucketVersioning',
};

/** Who is refused is told what he has to be given for just this. */
function hintFor({ hint, code }: Meaning, verb: string, region: string | undefined): string | undefined {
  if (hint === rights && code === 'PERMISSION_DENIED') return Object.hasOwn(PERMISSIONS, verb) ? `It needs the permission ${PERMISSIONS[verb] ?? ''}: ask the owner of the bucket for it.` : rights;
  return hint === wrongRegion.hint && region !== undefined ? `Set the region option of the remote to ${region}.` : hint;
}

/** Says a refusal in our words. The service's own text is added only where its code tells us nothing, cut and on one line. */
export function refused(refusal: Refusal, { verb, where }: Doing): TowlineError {
  const known = meaningOf(refusal);
  const meaning = known ?? BY_STATUS[refusal.status] ?? (refusal.status >= 500 ? broken : { code: 'UNKNOWN' as const, what: 'the service refused' });
  const { status, code, message, requestId, hostId, retryAfterSeconds } = refusal;
  return refusalError(meaning, { status, code, message: known ? '' : message, retryAfterSeconds, ids: { requestId, hostId } }, { verb, where, hint: hintFor(meaning, verb, refusal.region) });
}

function meaningOf({ code, message }: Refusal): Meaning | undefined {
  if (code.startsWith('KMS.')) return kms;
  if (code === 'InvalidRequest' && /server side encryption|SSE|customer.*key/i.test(message)) {
    return { code: 'PERMISSION_DENIED', what: 'it is encrypted with a key of its owner', hint: 'Set sse_customer_key of the remote to the key it was written with.' };
  }
  return Object.hasOwn(MEANINGS, code) ? MEANINGS[code] : undefined;
}
