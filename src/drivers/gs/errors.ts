import { type ErrorCode, TowlineError } from '../../errors.ts';
import { redactUrl } from '../../http/redact.ts';
import type { Refusal } from './refusal.ts';

/** What a request was for, in the words of an error: "Cannot read gs://bucket/name". */
export interface Doing {
  readonly verb: string;
  readonly where: string;
}
interface Meaning {
  readonly code: ErrorCode;
  readonly what: string;
  readonly hint?: string;
  readonly retryable?: boolean;
}

const again = 'Nothing is wrong on this side: try again later.';
const rights = "Ask the owner of the bucket for the role 'Storage Object User' on it (to read only: 'Storage Object Viewer').";
const login = "Set credentialpath of the remote, or GOOGLE_APPLICATION_CREDENTIALS, or log in with 'gcloud auth application-default login'.";
const slow: Meaning = { code: 'RATE_LIMITED', what: 'the service asks to slow down', hint: 'Fewer transfers at once: -j or the jobs option.', retryable: true };
const broken: Meaning = { code: 'UNAVAILABLE', what: 'the service failed', hint: again, retryable: true };
const refusedLogin: Meaning = { code: 'UNAUTHENTICATED', what: 'the credentials are refused', hint: login };
const denied: Meaning = { code: 'PERMISSION_DENIED', what: 'access denied', hint: rights };
const changed: Meaning = { code: 'PRECONDITION_FAILED', what: 'it has changed' };
const payer: Meaning = { code: 'INVALID_CONFIG', what: 'readers pay for requests to this bucket', hint: 'Set projectname of the remote to the project that pays, on which you need serviceusage.services.use.' };
const damagedUpload: Meaning = { code: 'CORRUPT', what: 'the bytes that arrived are not those that were sent, and were not stored', hint: 'Look whether the source is what it should be; if it is, for a proxy that alters uploads.' };
const kept: Meaning = { code: 'PERMISSION_DENIED', what: 'the bucket does not let it be replaced or deleted yet', hint: 'A retention policy or a hold protects it: wait until it ends, or ask the owner of the bucket.' };

/** https://cloud.google.com/storage/docs/json_api/v1/status-codes, 2026-11-21 */
const MEANINGS: Readonly<Record<string, Meaning>> = {
  notFound: { code: 'NOT_FOUND', what: 'it does not exist' },
  authError: refusedLogin,
  unauthorized: refusedLogin,
  expired: { ...refusedLogin, what: 'the credentials have expired' },
  forbidden: denied,
  insufficientPermissions: { ...denied, what: 'the login does not cover Cloud Storage', hint: "Log in anew with 'gcloud auth application-default login', or give the machine the scope devstorage.read_write." },
  accessNotConfigured: { ...denied, what: 'the Cloud Storage API is turned off in the project', hint: "Turn it on: 'gcloud services enable storage.googleapis.com'." },
  accountDisabled: { ...denied, what: 'the account is disabled', hint: 'Ask the owner of the project: billing may be off.' },
  userProjectAccessDenied: { ...denied, what: 'these credentials may not let the project pay', hint: 'They need serviceusage.services.use on the project that projectname names.' },
  userProjectMissing: payer,
  userProjectInvalid: { ...payer, what: 'there is no such project to pay' },
  retentionPolicyNotMet: kept,
  objectUnderActiveHold: kept,
  rateLimitExceeded: slow,
  userRateLimitExceeded: slow,
  quotaExceeded: slow,
  conditionNotMet: changed,
  backendError: broken,
  internalError: broken,
  uploadBrokenConnection: { ...broken, what: 'the upload was cut off' },
  requestedRangeNotSatisfiable: { code: 'INVALID_ARGUMENT', what: 'the range lies behind the end' },
  uploadTooLarge: { code: 'INVALID_ARGUMENT', what: 'it is larger than the 5 TiB that the service keeps as one object', hint: 'Split it.' },
  notImplemented: { code: 'UNSUPPORTED', what: 'the service does not do this' },
};

const BY_STATUS: Readonly<Record<number, Meaning>> = {
  400: { code: 'INVALID_ARGUMENT', what: 'the service calls the request wrong' },
  401: refusedLogin,
  403: denied,
  404: { code: 'NOT_FOUND', what: 'it does not exist' },
  405: { code: 'UNSUPPORTED', what: 'the service does not allow this here' },
  408: { code: 'TIMEOUT', what: 'the service waited too long', hint: again, retryable: true },
  409: { code: 'UNAVAILABLE', what: 'another change of the same object was under way', retryable: true },
  410: { code: 'NOT_FOUND', what: 'the service has forgotten this upload', hint: 'Start it anew.' },
  412: changed,
  416: { code: 'INVALID_ARGUMENT', what: 'the range lies behind the end' },
  429: slow,
  499: { code: 'NOT_FOUND', what: 'this upload was given up', hint: 'Start it anew.' },
  501: { code: 'UNSUPPORTED', what: 'the service does not do this' },
};

/** The bucket itself is missing, which the service calls by the same word as a missing object. */
export const noBucket = ({ where }: Doing, { status }: Refusal): TowlineError =>
  new TowlineError('INVALID_CONFIG', `The bucket of ${where} does not exist`, { hint: "Correct the url of the remote, or make the bucket first: 'gcloud storage buckets create'.", context: { status } });

/** Says a refusal in our words. The service's own text is added only where its word tells us nothing, cut and on one line. */
export function refused(refusal: Refusal, { verb, where }: Doing, isAnonymous = false): TowlineError {
  const { status, reason, message, requestId, retryAfterSeconds } = refusal;
  const known = meaningOf(refusal, isAnonymous);
  const meaning = known ?? BY_STATUS[status] ?? (status >= 500 ? broken : { code: 'UNKNOWN' as const, what: 'the service refused' });
  const own = known || message === '' ? '' : `: ${redactUrl(message).replace(/[\s\u0000-\u001f\u007f]+/g, ' ').trim().slice(0, 200)}`;
  const hint = hintFor(meaning, message);
  return new TowlineError(meaning.code, `Cannot ${verb} ${where}: ${meaning.what} (${reason || `HTTP ${status}`}${own})`, {
    ...(hint === undefined ? {} : { hint }),
    retryable: meaning.retryable ?? false,
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
    context: { status, ...(reason && { serviceCode: reason }), ...(requestId && { requestId }) },
  });
}

function meaningOf({ status, reason, message }: Refusal, isAnonymous: boolean): Meaning | undefined {
  if (status === 400 && /md5|crc32c|checksum/i.test(message) && /match/i.test(message)) return damagedUpload;
  if (isMissingPayer({ status, message })) return payer;
  if (isAnonymous && (status === 401 || status === 403)) return { code: 'UNAUTHENTICATED', what: 'it is not open to everybody, and nobody was logged in', hint: login };
  return Object.hasOwn(MEANINGS, reason) ? MEANINGS[reason] : undefined;
}

/** "Bucket is a requester pays bucket but no user project provided." */
export const isMissingPayer = ({ status, message }: Pick<Refusal, 'status' | 'message'>): boolean => status === 400 && /requester pays/i.test(message);

/** Who is refused is told what he has to be given for just this: the service names the permission. */
function hintFor({ hint, code }: Meaning, message: string): string | undefined {
  const permission = /\b(storage\.[a-zA-Z]+\.[a-zA-Z]+)\b/.exec(message)?.[1];
  return code === 'PERMISSION_DENIED' && hint === rights && permission !== undefined ? `It needs the permission ${permission}: ask the owner of the bucket for it.` : hint;
}
