import { type ErrorCode, TowlineError } from '../../errors.ts';
import { peekText } from '../../http/bounded.ts';
import { parseRetryAfter } from '../../http/retry-after.ts';
import { statusError } from '../../http/status-error.ts';
import type { HttpResponse } from '../../http/transport.ts';

/** What a request was for, in the words of an error: "Cannot read gdrive://root/a". */
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

/** Larger than any refusal of the service. */
const ERROR_BYTES = 64 * 1024;
const WAIT = 'Nothing is wrong on this side: try again later.';
const SHARED_DRIVE = 'To put files into the trash of a shared drive one must be Content Manager, to delete them Manager (https://support.google.com/a/answer/7337554): set gdrive_trash_only, or ask for the role.';

const slow: Meaning = { code: 'RATE_LIMITED', what: 'the service asks to slow down', hint: 'Fewer transfers at once: -j or the jobs option.', retryable: true };
const broken: Meaning = { code: 'UNAVAILABLE', what: 'the service failed', hint: WAIT, retryable: true };
const tooMany = (what: string, hint: string): Meaning => ({ code: 'PERMISSION_DENIED', what, hint });
const absent: Meaning = { code: 'NOT_FOUND', what: 'it does not exist, or this login may not see it' };
const noRight: Meaning = { code: 'PERMISSION_DENIED', what: 'this login may not do that', hint: "Share the folder with this user or service account as 'Editor' (on a shared drive: 'Content manager')." };
const noScope: Meaning = { code: 'PERMISSION_DENIED', what: 'the login was not given the right to use Drive', hint: 'Log in anew and leave every box ticked, or remove the file of the login first.' };
const noApi: Meaning = { code: 'PERMISSION_DENIED', what: 'the Drive API is not enabled in the project of this client', hint: "Enable 'Google Drive API' in the Google Cloud console, in the project of the OAuth client or service account, and wait a minute." };
const byDomain: Meaning = { code: 'PERMISSION_DENIED', what: 'an administrator of the domain does not allow this', hint: 'Ask the administrator of your Google Workspace to allow this app or sharing.' };

/** By the reason the service gives (https://developers.google.com/workspace/drive/api/guides/handle-errors, 2026-11-21). */
const MEANINGS: Readonly<Record<string, Meaning>> = {
  userRateLimitExceeded: slow,
  rateLimitExceeded: slow,
  sharingRateLimitExceeded: slow,
  RATE_LIMIT_EXCEEDED: slow,
  dailyLimitExceeded: tooMany("the project's requests of this day are used up", "Try again tomorrow, or raise the quota in the Google Cloud console."),
  quotaExceeded: tooMany('the quota is used up', 'Try again later, or raise the quota in the Google Cloud console.'),
  storageQuotaExceeded: tooMany('the storage is full', 'Free space or buy more. A service account has no storage of its own: use a shared drive, or gdrive_service_account_user_email.'),
  downloadQuotaExceeded: tooMany('it was downloaded too often lately', 'Try again tomorrow, or copy it on Drive.'),
  activeItemCreationLimitExceeded: tooMany('this user has as many files as Drive allows', 'Delete some, or use another account.'),
  teamDriveFileLimitExceeded: tooMany('the shared drive has as many files as Drive allows', 'Delete some, or use another shared drive.'),
  numChildrenInNonRootLimitExceeded: tooMany('the folder has as many files as Drive allows', 'Use another folder.'),
  teamDriveHierarchyTooDeep: tooMany('the folder is deeper than Drive allows', 'Use a folder nearer to the top of the shared drive.'),
  dailyLimitExceededUnreg: noApi,
  accessNotConfigured: noApi,
  SERVICE_DISABLED: noApi,
  insufficientPermissions: noScope,
  ACCESS_TOKEN_SCOPE_INSUFFICIENT: noScope,
  insufficientScopes: noScope,
  insufficientFilePermissions: noRight,
  insufficientParentPermissions: noRight,
  forbidden: noRight,
  appNotAuthorizedToFile: { ...noRight, what: 'the app of this login may not touch it', hint: 'Log in with the scope of the whole Drive.' },
  teamDriveMembershipRequired: { ...noRight, what: 'this login is no member of the shared drive' },
  domainPolicy: byDomain,
  cannotDownloadAbusiveFile: { code: 'PERMISSION_DENIED', what: 'Google flags it as malware or spam', hint: 'If you trust it, set gdrive_acknowledge_abuse to true. Google heeds that of the owner only, on a shared drive of a Manager.' },
  cannotDownloadFile: { code: 'PERMISSION_DENIED', what: 'its owner does not allow downloads' },
  fileNotDownloadable: { code: 'UNSUPPORTED', what: 'it is a document of Google, which has no bytes of its own' },
  authError: { code: 'UNAUTHENTICATED', what: 'the login is refused', hint: 'Log in anew: remove the file of the login, or make a new key of the service account.' },
  notFound: absent,
  queryTooComplex: { code: 'INVALID_ARGUMENT', what: 'the service finds the question too complex' },
  requestedRangeNotSatisfiable: { code: 'INVALID_ARGUMENT', what: 'the range lies behind the end' },
  uploadTooLarge: { code: 'INVALID_ARGUMENT', what: 'it is larger than Drive allows' },
  backendError: broken,
  internalError: broken,
  transientError: broken,
};
const BY_STATUS: Readonly<Record<number, Meaning>> = { 401: MEANINGS['authError'] ?? broken, 403: noRight, 404: absent, 410: absent, 429: slow, 499: absent };

/** The one error a refusal means. Reads at most the beginning of its body. */
export async function refused(response: HttpResponse, { verb, where }: Doing, now: number): Promise<TowlineError> {
  const type = response.header('content-type') ?? '';
  const refusal = type.includes('json') ? readRefusal(await peekText(response, ERROR_BYTES)) : NOTHING;
  const meaning = (Object.hasOwn(MEANINGS, refusal.reason) ? MEANINGS[refusal.reason] : undefined) ?? BY_STATUS[response.status] ?? (response.status >= 500 ? broken : undefined);
  if (meaning === undefined) return statusError(withText(response, refusal.message), { method: '', now, what: `Cannot ${verb} ${where}` });
  response.cancel();
  const pause = parseRetryAfter(response.header('retry-after'), now);
  const hint = meaning === noRight && refusal.location === 'file.permissions' ? SHARED_DRIVE : meaning.hint;
  return new TowlineError(meaning.code, `Cannot ${verb} ${where}: ${meaning.what} (${refusal.reason === '' ? `HTTP ${response.status}` : refusal.reason})`, {
    ...(hint !== undefined && { hint }), retryable: meaning.retryable ?? false, ...(pause !== undefined && { retryAfterSeconds: pause }),
    context: { status: response.status, ...(refusal.reason !== '' && { reason: refusal.reason }) },
  });
}

interface Refusal { readonly reason: string; readonly message: string; readonly location: string }
const NOTHING: Refusal = { reason: '', message: '', location: '' };

/** `{ error: { message, errors: [{ reason, location }], details: [{ reason }] } }`; what is not so is left to the status. */
function readRefusal(text: string): Refusal {
  try {
    const error = member(JSON.parse(text), 'error');
    const first = member(member(error, 'errors'), '0');
    const details = member(error, 'details');
    const detail = Array.isArray(details) ? details.map((one) => member(one, 'reason')).find((reason) => typeof reason === 'string' && Object.hasOwn(MEANINGS, reason)) : undefined;
    return { reason: word(detail ?? member(first, 'reason')), message: sentence(member(error, 'message')), location: word(member(first, 'location')) };
  } catch {
    // A page of a proxy, or an answer that was cut.
    return NOTHING;
  }
}

const member = (value: unknown, name: string): unknown => (typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>)[name] : undefined);
const word = (value: unknown): string => (typeof value === 'string' ? value.replace(/[^\w.-]/g, '').slice(0, 60) : '');
const sentence = (value: unknown): string => (typeof value === 'string' ? value.slice(0, 500) : '');

/** The same answer with only the message for a body, since the rest has been read. */
function withText(response: HttpResponse, message: string): HttpResponse {
  return { ...response, status: response.status, url: response.url, header: (name) => (name === 'content-type' ? 'text/plain' : response.header(name)), headers: () => response.headers(), body: (async function* () { yield Buffer.from(message); })(), cancel: () => { response.cancel(); } };
}
