import type { TowlineError } from '../../errors.ts';
import { type Doing as Asked, type Meaning, refusalError } from '../../http/refusal-error.ts';

/** What a request was for, and how it logged in. */
export interface Doing extends Asked {
  /** DVC's name of the way: 'account key'. */
  readonly login: string;
}
/** What the service said when it refused. */
export interface Refusal {
  readonly status: number;
  /** The service's own code; '' when the answer had none. */
  readonly code: string;
  readonly message: string;
  /** Why a login is refused: `AuthenticationErrorDetail`. */
  readonly detail?: string | undefined;
  readonly requestId?: string | undefined;
  /** The service's clock. */
  readonly date?: string | undefined;
  readonly retryAfterSeconds?: number | undefined;
}

const again = 'Nothing is wrong on this side: try again later.';
const LOGIN = 'Check the login of the remote: connection_string, account_key, sas_token, or the identity.';
const RIGHTS = "Ask for the role 'Storage Blob Data Contributor' on the container, or for a SAS with the permissions rcwdl.";
const badLogin: Meaning = { code: 'UNAUTHENTICATED', what: 'login', hint: LOGIN };
const denied = (what: string, hint = RIGHTS): Meaning => ({ code: 'PERMISSION_DENIED', what, hint });
const wrongBytes: Meaning = { code: 'CORRUPT', what: 'the bytes that arrived are not those that were sent, and were not stored', hint: 'Look whether the source is what it should be; if it is, for a proxy that alters uploads.' };
const leased: Meaning = { code: 'LOCKED', what: 'somebody holds a lease on it', hint: 'Wait until it is over, or break it: az storage blob lease break' };
const changed: Meaning = { code: 'PRECONDITION_FAILED', what: 'it has changed' };
const noUpload: Meaning = { code: 'CORRUPT', what: 'a part of the upload is missing', hint: 'Start it anew.' };
/** In an account with a hierarchical namespace. */
const inTheWay: Meaning = { code: 'INVALID_ARGUMENT', what: 'a folder or a file of that name is in the way', hint: 'Use another name, or remove what is there.' };
const slow: Meaning = { code: 'RATE_LIMITED', what: 'the service asks to slow down', hint: 'Fewer transfers at once: -j or the jobs option.', retryable: true };
const broken: Meaning = { code: 'UNAVAILABLE', what: 'the service failed', hint: again, retryable: true };
const noContainer: Meaning = { code: 'INVALID_CONFIG', what: 'the container does not exist', hint: 'Correct the url of the remote, or make it first: az storage container create' };
const unsupported: Meaning = { code: 'UNSUPPORTED', what: 'the service does not do this' };

/** https://learn.microsoft.com/rest/api/storageservices/blob-service-error-codes and common-rest-api-error-codes */
const MEANINGS: Readonly<Record<string, Meaning>> = {
  BlobNotFound: { code: 'NOT_FOUND', what: 'it does not exist' },
  ResourceNotFound: { code: 'NOT_FOUND', what: 'it does not exist' },
  ContainerNotFound: noContainer,
  ContainerDisabled: denied('the container is disabled', 'Ask its owner.'),
  ContainerBeingDeleted: { ...noContainer, code: 'UNAVAILABLE', what: 'the container is just being deleted' },
  AuthenticationFailed: badLogin,
  InvalidAuthenticationInfo: badLogin,
  NoAuthenticationInformation: { ...badLogin, hint: 'The container is not open to all: set a login of the remote.' },
  AuthorizationFailure: denied('this request is not allowed', "Check the account's network rules (firewall), and that the SAS or role allows it."),
  AuthorizationPermissionMismatch: denied('this login lacks a permission'),
  AuthorizationProtocolMismatch: denied('the SAS is for https only', 'Use an https endpoint.'),
  AuthorizationSourceIPMismatch: denied('the SAS is for other addresses than that of this machine', 'Ask for a SAS without sip=.'),
  AuthorizationServiceMismatch: denied('the SAS is not for the blob service', 'Ask for a SAS with ss=b.'),
  AuthorizationResourceTypeMismatch: denied('the SAS is not for this kind of resource', 'Ask for a SAS of the container, or an account SAS with srt=sco.'),
  InsufficientAccountPermissions: denied('this login lacks a permission'),
  KeyBasedAuthenticationNotPermitted: denied('the account allows no account keys, nor SAS made with them', 'Log in with an identity: unset account_key and sas_token of the remote.'),
  PublicAccessNotPermitted: denied('the account allows no anonymous access', 'Unset allow_anonymous_login and set a login of the remote.'),
  AccountIsDisabled: denied('the account is disabled', 'Ask its owner.'),
  UnauthorizedBlobOverwrite: denied('the SAS does not allow to overwrite', 'Ask for a SAS with the permission w.'),
  BlobImmutableDueToPolicy: denied('a policy keeps it from being changed', 'Ask its owner.'),
  Md5Mismatch: wrongBytes,
  InvalidMd5: wrongBytes,
  Crc64Mismatch: wrongBytes,
  ConditionNotMet: changed,
  TargetConditionNotMet: changed,
  SourceConditionNotMet: { ...changed, what: 'the source has changed' },
  BlobAlreadyExists: { code: 'ALREADY_EXISTS', what: 'it exists already' },
  LeaseIdMissing: leased,
  LeaseAlreadyPresent: leased,
  LeaseIdMismatchWithBlobOperation: leased,
  InvalidRange: { code: 'INVALID_ARGUMENT', what: 'the range lies behind the end' },
  RequestBodyTooLarge: { code: 'INVALID_ARGUMENT', what: 'it is larger than the service allows' },
  InvalidResourceName: { code: 'INVALID_ARGUMENT', what: 'the service cannot store such a name' },
  InvalidUri: { code: 'INVALID_ARGUMENT', what: 'the service cannot store such a name' },
  InvalidBlockList: noUpload,
  InvalidBlockId: noUpload,
  InvalidBlobOrBlock: { ...noUpload, hint: 'Another program has left parts of an upload of the same name: they go by themselves within a week, or when the object is written as a whole.' },
  BlobArchived: { code: 'UNSUPPORTED', what: 'it lies in the archive tier', hint: 'Bring it back first: az storage blob set-tier --tier Hot' },
  BlobBeingRehydrated: { code: 'UNSUPPORTED', what: 'it is on its way back from the archive tier', hint: 'Wait some hours.' },
  InvalidBlobType: { code: 'UNSUPPORTED', what: 'it is no block blob', hint: 'Delete it first.' },
  ResourceTypeMismatch: inTheWay,
  PathConflict: inTheWay,
  SnapshotsPresent: { code: 'UNSUPPORTED', what: 'it has snapshots, which are not deleted with it', hint: 'Delete them first: az storage blob delete --delete-snapshots include' },
  ServerBusy: slow,
  OperationTimedOut: { code: 'TIMEOUT', what: 'the service took too long', hint: again, retryable: true },
  InternalError: broken,
  NotImplemented: unsupported,
  APINotImplemented: unsupported,
  FeatureNotSupportedByAccount: { ...unsupported, what: 'accounts of this kind do not do this' },
  FeatureVersionMismatch: unsupported,
  UnsupportedHeader: unsupported,
  UnsupportedQueryParameter: unsupported,
  UnsupportedHttpVerb: unsupported,
};

const BY_STATUS: Readonly<Record<number, Meaning>> = {
  400: { code: 'INVALID_ARGUMENT', what: 'the service calls the request wrong' },
  401: badLogin,
  403: denied('access denied'),
  404: { code: 'NOT_FOUND', what: 'it does not exist' },
  405: unsupported,
  408: { code: 'TIMEOUT', what: 'the service waited too long', hint: again, retryable: true },
  409: { code: 'UNAVAILABLE', what: 'another change was under way', retryable: true },
  412: changed,
  416: { code: 'INVALID_ARGUMENT', what: 'the range lies behind the end' },
  429: slow,
  501: unsupported,
  503: slow,
};

/** https://learn.microsoft.com/rest/api/storageservices/create-service-sas, the letters of a SAS and what each allows. */
const PERMISSIONS: Readonly<Record<string, string>> = {
  read: 'r', 'look at': 'r', 'look at the upload of': 'r', write: 'w', 'finish the upload of': 'w', 'copy to': 'w, and r on the source', delete: 'd (x for a version)', 'delete objects in': 'd', list: 'l', 'list the versions in': 'l',
};

/** Who is refused is told what has to be given for just this. */
function hintFor({ hint }: Meaning, verb: string): string | undefined {
  if (hint !== RIGHTS || !Object.hasOwn(PERMISSIONS, verb)) return hint;
  const letters = PERMISSIONS[verb] ?? '';
  return `It needs the permission ${letters} of a SAS, or the role 'Storage Blob Data ${/^[rl]/.test(letters) ? 'Reader' : 'Contributor'}': ask the owner of the container for it.`;
}

/** Says a refusal in our words. The service's own text is added only where its code tells us nothing, cut and on one line. */
export function refused(refusal: Refusal, { verb, where, login }: Doing): TowlineError {
  const known = meaningOf(refusal, login);
  const meaning = known ?? BY_STATUS[refusal.status] ?? (refusal.status >= 500 ? broken : { code: 'UNKNOWN' as const, what: 'the service refused' });
  const what = meaning.code === 'UNAUTHENTICATED' ? `Authentication to Azure Blob Storage via ${login} failed` : meaning.what;
  const own = refusal.detail ?? (known ? '' : refusal.message);
  const said = { ...refusal, message: masked(own), ids: { requestId: refusal.requestId } };
  return refusalError({ ...meaning, what }, said, { verb, where, hint: hintFor(meaning, verb) });
}

function meaningOf({ code }: Refusal, login: string): Meaning | undefined {
  // Who has no login is told that a container is not there when it is only not open to all.
  if (code === 'ResourceNotFound' && login === 'anonymous login') return denied('the container does not exist, or is not open to all', 'Set a login of the remote.');
  return Object.hasOwn(MEANINGS, code) ? MEANINGS[code] : undefined;
}

// A detail repeats what was signed, and signatures stand in it.
const masked = (text: string): string => text.replace(/[A-Za-z0-9+/%]{40,}=*/g, '***');
