import { type ErrorCode, TowlineError } from '../../errors.ts';
import { peekText } from '../../http/bounded.ts';
import { statusError } from '../../http/status-error.ts';
import type { HttpResponse } from '../../http/transport.ts';
import { isRecord } from './json.ts';

/** What one request was for: "Cannot read 'a/b' on webhdfs://host:9870/x". */
export interface Doing {
  readonly verb: string;
  readonly path: string;
  readonly displayUrl: string;
}
/** An exception of Hadoop, as WebHDFS and HttpFS both spell it. */
export interface RemoteException {
  readonly exception: string;
  readonly javaClassName: string;
  readonly message: string;
}
interface Meaning {
  readonly code: ErrorCode;
  readonly what: string;
  readonly hint?: string;
  readonly retryable?: boolean;
}

/** An error of Hadoop may bring the whole stack of Java. */
const MOST_TEXT = 64 * 1024;

const absent: Meaning = { code: 'NOT_FOUND', what: 'it does not exist' };
const starting: Meaning = { code: 'UNAVAILABLE', what: 'the NameNode is in safe mode', hint: 'It may just have been started: try again later, or ask who runs it.', retryable: true };
const standby: Meaning = { code: 'UNAVAILABLE', what: 'this NameNode is in standby', hint: 'Use the host of the active NameNode in the URL, or an HttpFS server, which finds it by itself.', retryable: true };
const busy: Meaning = { code: 'LOCKED', what: 'another writer has it open', retryable: true };
const notAllowed: Meaning = { code: 'PERMISSION_DENIED', what: 'permission denied', hint: 'Check who you are there (user, token or ticket of the remote) and the rights of the folder.' };
const noName: Meaning = { code: 'INVALID_ARGUMENT', what: 'HDFS cannot keep such a name', hint: "HDFS takes no ':' in names." };
const quota: Meaning = { code: 'UNAVAILABLE', what: 'the quota of a folder is used up', hint: "Free space there, or ask for more: 'hdfs dfs -count -q FOLDER' shows it." };
const login: Meaning = { code: 'UNAUTHENTICATED', what: 'the server does not accept who you are', hint: "Check 'token' of the remote (they expire), or get a new ticket with 'kinit'." };
const noBlocks: Meaning = { code: 'UNAVAILABLE', what: 'the data nodes do not take or give the bytes', hint: "Ask who runs the cluster: are data nodes down or full? 'hdfs dfsadmin -report' shows it.", retryable: true };

/** Hadoop 3.4.2, by the simple name of the exception. */
const MEANINGS: Readonly<Record<string, Meaning>> = {
  FileNotFoundException: absent,
  PathNotFoundException: absent,
  AccessControlException: notAllowed,
  AuthorizationException: { ...notAllowed, hint: "'proxy_to' needs hadoop.proxyuser.* settings on the server for the user you log in as." },
  SecurityException: login,
  AuthenticationException: login,
  InvalidToken: login,
  FileAlreadyExistsException: { code: 'ALREADY_EXISTS', what: 'it is there already' },
  ParentNotDirectoryException: { code: 'INVALID_ARGUMENT', what: 'a file stands where a folder is needed' },
  PathIsNotDirectoryException: { code: 'INVALID_ARGUMENT', what: 'a file stands where a folder is needed' },
  PathIsNotEmptyDirectoryException: { code: 'PRECONDITION_FAILED', what: 'it is a folder with something in it' },
  InvalidPathException: noName,
  PathComponentTooLongException: { ...noName, hint: 'The server limits the length of names (dfs.namenode.fs-limits.max-component-length).' },
  UnsupportedOperationException: { code: 'UNSUPPORTED', what: 'the server does not do this' },
  StandbyException: standby,
  SafeModeException: starting,
  RetriableException: { code: 'UNAVAILABLE', what: 'the server asks to try again', retryable: true },
  AlreadyBeingCreatedException: busy,
  RecoveryInProgressException: busy,
  LeaseExpiredException: { code: 'UNAVAILABLE', what: 'the file was taken away while it was written', retryable: true },
  NSQuotaExceededException: quota,
  DSQuotaExceededException: quota,
  QuotaByStorageTypeExceededException: quota,
  MaxDirectoryItemsExceededException: { ...quota, what: 'a folder holds as many names as it may' },
  BlockMissingException: { ...noBlocks, what: 'blocks of it are missing' },
  NoRouteToHostException: noBlocks,
  ConnectException: noBlocks,
  SocketTimeoutException: noBlocks,
};

/** Exceptions that say little by their name, by what their text says. */
const BY_TEXT: readonly (readonly [pattern: RegExp, meaning: Meaning])[] = [
  // Below a file the NameNode answers as if rights were missing: 403, where HttpFS says 500 (3.4.2, 2026-11-28).
  [/\(is not a directory\)/, absent],
  [/file does not exist|not found|no such file/i, absent],
  [/name node is in safe mode/i, starting],
  [/operation category \w+ is not supported in state standby/i, standby],
  [/could only be written to|replicated to|failed to find datanode|all datanodes|bad connection|could not obtain block|no live nodes/i, noBlocks],
  [/not allowed to impersonate/i, { ...notAllowed, hint: "'proxy_to' needs hadoop.proxyuser.* settings on the server for the user you log in as." }],
  [/invalidtoken|token .*(expired|can't be found)|failed to obtain user group information/i, login],
  [/invalid path|not a valid dfs filename|is not a valid/i, noName],
  [/quota/i, quota],
];

/** The error a refusal means. The body is read no further than needed, so the connection is free afterwards. */
export async function webhdfsError(response: HttpResponse, doing: Doing, now: number): Promise<TowlineError> {
  const what = `Cannot ${doing.verb} ${nameOf(doing)}`;
  const isJson = /\bjson\b/i.test(response.header('content-type') ?? '');
  if (!isJson) {
    const hint = response.status === 401 ? "The server wants a login: set 'kerberos', 'token', or 'user' and 'password' of the remote." : undefined;
    return await statusError(response, { method: '', now, what, ...(hint !== undefined && { hint }) });
  }
  const exception = parseException(await peekText(response, MOST_TEXT));
  response.cancel();
  return said(exception, what, response.status);
}

function said(exception: RemoteException, what: string, status: number): TowlineError {
  const meaning = meaningOf(exception, status);
  const detail = `: ${firstLine(exception.message)}`;
  return new TowlineError(meaning.code, `${what}: ${meaning.what} (${exception.exception}${detail})`, {
    ...(meaning.hint !== undefined && { hint: meaning.hint }), retryable: meaning.retryable ?? false,
    context: { status, serviceCode: exception.exception },
  });
}

function meaningOf({ exception, message }: RemoteException, status: number): Meaning {
  const byText = BY_TEXT.find(([pattern]) => pattern.test(message))?.[1];
  // A text that names a place, where the exception says 'rights' or 'somewhere something', tells more than the name.
  if (byText === absent && exception === 'AccessControlException') return byText;
  const byName = Object.hasOwn(MEANINGS, exception) ? MEANINGS[exception] : undefined;
  if (byName ?? byText) return byName ?? byText ?? absent;
  if (/IllegalArgument|QueryParam|InvalidArgument/.test(exception)) return { code: 'INVALID_ARGUMENT', what: 'the server calls the request wrong' };
  if (status === 401) return login;
  return { code: status === 403 || status >= 500 ? 'UNAVAILABLE' : 'UNKNOWN', what: 'the server failed', retryable: status >= 500 };
}

function parseException(text: string): RemoteException {
  const parsed = parsedOrNothing(text);
  const inner = isRecord(parsed) && isRecord(parsed['RemoteException']) ? parsed['RemoteException'] : {};
  const word = (key: string): string => (typeof inner[key] === 'string' ? inner[key] : '');
  return { exception: word('exception') || 'no exception named', javaClassName: word('javaClassName'), message: word('message') };
}

function parsedOrNothing(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    // The status still says that it is a refusal; a text that was cut off tells no more.
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

const firstLine = (text: string): string => (text.split(/\\n|[\r\n]/)[0] ?? '').replaceAll(/[\u0000-\u001f\u007f]+/g, ' ').trim().slice(0, 300);

function nameOf({ path, displayUrl }: Doing): string {
  return path === '' ? displayUrl : `'${path}' on ${displayUrl}`;
}
