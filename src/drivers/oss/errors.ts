import type { TowlineError } from '../../errors.ts';
import { type Doing, type Meaning, refusalError } from '../../http/refusal-error.ts';

/** What the service said when it refused. */
export interface Refusal {
  readonly status: number;
  /** The service's own code; '' when the answer had none. */
  readonly code: string;
  readonly message: string;
  readonly requestId?: string | undefined;
  readonly hostId?: string | undefined;
  /** Alibaba's own number for the cause, such as '0002-00000225': its documentation has a page for each. */
  readonly ec?: string | undefined;
  /** Where the bucket really is. */
  readonly endpoint?: string | undefined;
  /** The service's clock. */
  readonly date?: string | undefined;
  readonly retryAfterSeconds?: number | undefined;
}

const again = 'Nothing is wrong on this side: try again later.';
const login = 'Check oss_key_id, oss_key_secret and oss_session_token of the remote, and the OSS_* variables.';
const rights = 'Ask the owner of the bucket for oss:ListObjects, oss:GetObject, oss:PutObject and oss:DeleteObject on it.';
const nobody = 'The request was sent without credentials: set oss_key_id and oss_key_secret of the remote, OSS_ACCESS_KEY_ID and OSS_ACCESS_KEY_SECRET, or oss_ram_role.';
const slow: Meaning = { code: 'RATE_LIMITED', what: 'the service asks to slow down', hint: 'Fewer transfers at once: -j or the jobs option.', retryable: true };
const broken: Meaning = { code: 'UNAVAILABLE', what: 'the service failed', hint: again, retryable: true };
const denied: Meaning = { code: 'PERMISSION_DENIED', what: 'access denied', hint: rights };
const wrongKey: Meaning = { code: 'UNAUTHENTICATED', what: 'the credentials are refused', hint: login };
const expired: Meaning = { code: 'UNAUTHENTICATED', what: 'the STS token has expired', hint: 'Get new temporary keys with their token.' };
const wrongName: Meaning = { code: 'INVALID_ARGUMENT', what: 'the service cannot store such a name' };
const wrongPart: Meaning = { code: 'CORRUPT', what: 'a part is missing or differs', hint: 'Start the upload anew.' };
const kms: Meaning = { code: 'PERMISSION_DENIED', what: 'the KMS key cannot be used', hint: 'Ask the owner of the bucket for the use of its key (kms:GenerateDataKey, kms:Decrypt).' };
const wrongRegion: Meaning = { code: 'INVALID_CONFIG', what: 'the request was signed for another region', hint: 'Set oss_region of the remote to the region of the bucket.' };
const oldSignature: Meaning = { code: 'INVALID_CONFIG', what: 'the service wants V4 signatures', hint: 'Set oss_region of the remote to the region of the bucket, and signature_version to v4.' };

/** https://www.alibabacloud.com/help/en/oss/support/http-status-code-and-error-codes (2026-11-21) */
const MEANINGS: Readonly<Record<string, Meaning>> = {
  NoSuchKey: { code: 'NOT_FOUND', what: 'it does not exist' },
  NoSuchVersion: { code: 'NOT_FOUND', what: 'that version does not exist' },
  NoSuchUpload: { code: 'NOT_FOUND', what: 'the service has forgotten this upload', hint: 'Start it anew.' },
  SymlinkTargetNotExist: { code: 'NOT_FOUND', what: 'it is a link to what does not exist' },
  NoSuchBucket: { code: 'INVALID_CONFIG', what: 'the bucket does not exist', hint: 'Correct the url and oss_endpoint of the remote, or make the bucket first.' },
  InvalidBucketName: { code: 'INVALID_CONFIG', what: 'the bucket has no possible name', hint: 'Correct the url of the remote.' },
  SecondLevelDomainForbidden: { code: 'INVALID_CONFIG', what: 'the bucket must stand in the name of the host', hint: 'Set addressing_style of the remote to virtual.' },
  AccessDenied: denied,
  UserDisable: { code: 'PERMISSION_DENIED', what: 'the account is disabled, perhaps for an unpaid bill', hint: 'Ask its owner.' },
  InvalidAccessKeyId: { ...wrongKey, what: 'the service does not know this access key' },
  SignatureDoesNotMatch: { ...wrongKey, what: 'the access key secret does not fit the access key' },
  InvalidSecurityToken: { ...wrongKey, what: 'the STS token is not valid' },
  SecurityTokenExpired: expired,
  SecurityTokenNotSupported: { ...wrongKey, what: 'the service takes no STS token here' },
  RequestTimeTooSkewed: { code: 'UNAUTHENTICATED', what: 'the clock of this machine differs too much from that of the service', hint: 'Set the clock of this machine.' },
  InvalidDigest: { code: 'CORRUPT', what: 'the bytes that arrived are not those that were sent, and were not stored', hint: 'Look whether the source is what it should be; if it is, for a proxy that alters uploads.' },
  RequestTimeout: { code: 'TIMEOUT', what: 'the service waited too long for the bytes', hint: again, retryable: true },
  QpsLimitExceeded: slow,
  DownloadTrafficRateLimitExceeded: slow,
  UploadTrafficRateLimitExceeded: slow,
  TooManyRequests: slow,
  ServiceUnavailable: broken,
  InternalError: broken,
  FileAlreadyExists: { code: 'ALREADY_EXISTS', what: 'it exists already' },
  ObjectAlreadyExists: { code: 'ALREADY_EXISTS', what: 'it exists already' },
  FileImmutable: { code: 'PERMISSION_DENIED', what: 'a retention policy protects it', hint: 'It can be changed when the policy has ended.' },
  PreconditionFailed: { code: 'PRECONDITION_FAILED', what: 'it has changed' },
  InvalidRange: { code: 'INVALID_ARGUMENT', what: 'the range lies behind the end' },
  EntityTooLarge: { code: 'INVALID_ARGUMENT', what: 'it is larger than the service allows' },
  EntityTooSmall: { code: 'INVALID_ARGUMENT', what: 'a part is smaller than the service allows' },
  InvalidPart: wrongPart,
  FilePartNotExist: wrongPart,
  FilePartStale: wrongPart,
  InvalidPartOrder: { code: 'INVALID_ARGUMENT', what: 'the parts are out of order' },
  InvalidObjectName: wrongName,
  InvalidObjectState: { code: 'UNSUPPORTED', what: 'it lies in an archive', hint: 'Restore it first, for example with: ossutil restore' },
  InvalidEncryptionAlgorithmError: { code: 'INVALID_CONFIG', what: 'the service does not know this encryption' },
  KmsServiceNotEnabled: kms,
  NotImplemented: { code: 'UNSUPPORTED', what: 'the service does not do this' },
  OperationNotSupported: { code: 'UNSUPPORTED', what: 'the service does not do this here' },
  MethodNotAllowed: { code: 'UNSUPPORTED', what: 'the service does not allow this here' },
};

const BY_STATUS: Readonly<Record<number, Meaning>> = {
  400: { code: 'INVALID_ARGUMENT', what: 'the service calls the request wrong' },
  401: wrongKey,
  403: denied,
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

/** https://www.alibabacloud.com/help/en/oss/user-guide/ram-policy-overview (2026-11-21) */
const PERMISSIONS: Readonly<Record<string, string>> = {
  read: 'oss:GetObject', 'look at': 'oss:GetObject', write: 'oss:PutObject', 'start the upload of': 'oss:PutObject', 'finish the upload of': 'oss:PutObject', 'copy to': 'oss:PutObject, and oss:GetObject on the source,',
  'end the upload of': 'oss:AbortMultipartUpload', 'look at the upload of': 'oss:ListParts', delete: 'oss:DeleteObject', 'delete objects in': 'oss:DeleteObject', list: 'oss:ListObjects',
  'list the versions in': 'oss:ListObjectVersions', 'ask for the versioning of': 'oss:GetBucketVersioning',
};

/** Says a refusal in our words. */
export function refused(refusal: Refusal, { verb, where, isAnonymous = false }: Doing & { readonly isAnonymous?: boolean }): TowlineError {
  const known = meaningOf(refusal);
  const meaning = known ?? BY_STATUS[refusal.status] ?? (refusal.status >= 500 ? broken : { code: 'UNKNOWN' as const, what: 'the service refused' });
  const { status, code, message, requestId, hostId, ec, retryAfterSeconds } = refusal;
  return refusalError(meaning, { status, code, message: known ? '' : message, retryAfterSeconds, ids: { requestId, hostId, ec } }, { verb, where, hint: isAnonymous && meaning === denied ? nobody : hintFor(meaning, verb, refusal) });
}

/** Some codes mean several things, which only their text tells apart. */
function meaningOf({ code, message, endpoint }: Refusal): Meaning | undefined {
  if (/signing region/i.test(message)) return wrongRegion;
  if (/signature version|v1 signature|signature v1/i.test(message)) return oldSignature;
  if (endpoint !== undefined) return { code: 'INVALID_CONFIG', what: 'the bucket is at another endpoint' };
  return Object.hasOwn(MEANINGS, code) ? MEANINGS[code] : undefined;
}

/** Who is refused is told what he has to be given for just this. */
function hintFor({ hint }: Meaning, verb: string, { endpoint }: Refusal): string | undefined {
  if (endpoint !== undefined) return `Set oss_endpoint of the remote to https://${endpoint}.`;
  return hint === rights && Object.hasOwn(PERMISSIONS, verb) ? `It needs the permission ${PERMISSIONS[verb] ?? ''}: ask the owner of the bucket for it.` : hint;
}
