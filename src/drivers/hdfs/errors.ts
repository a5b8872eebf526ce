import { codeOf, connectionError } from '../../http/connection-error.ts';
import { type ErrorCode, type ErrorDetails, TowlineError } from '../../errors.ts';

/** The service's refusal of one call, before the verb that asked gives it words. */
export class RemoteException extends Error {
  override readonly name: string = 'RemoteException';
  /** The Java class of the exception, without its package. */
  readonly className: string;
  constructor(className: string, text: string) {
    // A stack trace follows the first line.
    super((text.split('\n')[0] ?? '').trim());
    this.className = className.slice(className.lastIndexOf('.') + 1);
  }
}

/** True when the service answered with this exception. */
export function hasClass(error: unknown, ...classNames: readonly string[]): error is RemoteException {
  return error instanceof RemoteException && classNames.includes(error.className);
}

/** The connection ended while something was under way. */
export function connectionLost(name: string, cause?: unknown): TowlineError {
  const code = codeOf(cause);
  return new TowlineError('UNAVAILABLE', `the connection to ${name} was lost${code === '' ? '' : ` (${code})`}`, { cause, retryable: true });
}
/** Nothing came for too long. */
export function silent(name: string): TowlineError {
  return new TowlineError('TIMEOUT', `${name} showed no sign of life`, { retryable: true, hint: "Raise 'read_timeout' of the remote if the cluster is just slow." });
}
/** A connection did not come about. */
export function connectFailed(name: string, cause: unknown): TowlineError {
  return connectionError(cause, name);
}
/** No data node could be spoken to, of which `cause` is the last. */
export function unreached(cause: unknown): TowlineError {
  return new TowlineError('UNAVAILABLE', `no data node can be used: ${cause instanceof Error ? cause.message : String(cause)}`, {
    cause, retryable: !(cause instanceof TowlineError) || cause.retryable,
    hint: "Can this machine reach the data nodes by the addresses the name node has? 'dfs.client.use.datanode.hostname = true' in hdfs-site.xml of 'config_dir' has them called by name, and a cluster with Kerberos may want its 'dfs.data.transfer.protection' to be set there, too.",
  });
}
/** True when another node may do what this one did not: it is gone, or does not answer. */
export function isConnectionFailure(error: unknown): boolean {
  return error instanceof TowlineError && (error.code === 'UNAVAILABLE' || error.code === 'TIMEOUT');
}

interface Meaning extends Pick<ErrorDetails, 'hint' | 'retryable'> { readonly code: ErrorCode }
const AGAIN: Meaning = { code: 'UNAVAILABLE', retryable: true };
const LOGIN: Meaning = { code: 'UNAUTHENTICATED', hint: "The cluster wants Kerberos: run kinit and set 'kerb_ticket', or 'config_dir' to a folder whose core-site.xml says hadoop.security.authentication = kerberos." };

const MEANINGS: Readonly<Record<string, Meaning>> = {
  FileNotFoundException: { code: 'NOT_FOUND' },
  FileAlreadyExistsException: { code: 'ALREADY_EXISTS' },
  AccessControlException: { code: 'PERMISSION_DENIED', hint: "Check owner and permissions of the folder for the user; 'user' of the remote says who you are." },
  AuthorizationException: { code: 'PERMISSION_DENIED', hint: 'The cluster does not let this user in, or not in the name of another (hadoop.proxyuser).' },
  PathIsNotEmptyDirectoryException: { code: 'INVALID_ARGUMENT', hint: 'A folder is deleted only when it is empty.' },
  InvalidPathException: { code: 'INVALID_ARGUMENT', hint: "HDFS allows no ':' in names." },
  UnresolvedPathException: { code: 'UNSUPPORTED', hint: 'Symbolic links in HDFS are not followed: use the path they lead to.' },
  RpcNoSuchMethodException: { code: 'UNSUPPORTED', hint: 'The cluster is older than Hadoop 2.7.' },
  UnknownCryptoProtocolVersionException: { code: 'UNSUPPORTED', hint: 'The folder is an encryption zone: use another folder, or webhdfs.' },
  StandbyException: { ...AGAIN, hint: 'All name nodes are in standby: is the cluster failing over?' },
  ObserverRetryOnActiveException: AGAIN,
  RetriableException: AGAIN,
  SafeModeException: { ...AGAIN, hint: 'The name node is in safe mode and changes nothing until its data nodes have reported.' },
  NotReplicatedYetException: AGAIN,
  LeaseExpiredException: AGAIN,
  AlreadyBeingCreatedException: AGAIN,
  RecoveryInProgressException: AGAIN,
  BlockMissingException: AGAIN,
  NSQuotaExceededException: { code: 'PERMISSION_DENIED', hint: 'The quota of names is used up: delete something (`tow gc -c`), or have it raised.' },
  DSQuotaExceededException: { code: 'PERMISSION_DENIED', hint: 'The quota of space is used up: delete something (`tow gc -c`), or have it raised. Every copy of a block counts.' },
  InvalidToken: { code: 'UNAUTHENTICATED', hint: 'Log in again: kinit.' },
  SaslException: LOGIN,
};

/** What one call was about. */
export interface Doing { readonly verb: string; readonly path: string; readonly displayUrl: string }

/** The error a caller of the driver sees. What is ours already passes. */
export function translate(error: unknown, { verb, path, displayUrl }: Doing): Error {
  if (error instanceof TowlineError) return error;
  const name = path === '' ? displayUrl : `${displayUrl.replace(/\/$/, '')}/${path}`;
  const context = { path, verb };
  if (!(error instanceof RemoteException)) return new TowlineError('UNKNOWN', `cannot ${verb} '${name}': ${error instanceof Error ? error.message : String(error)}`, { cause: error, context });
  const { code, ...details } = meaningOf(error, verb);
  const said = error.message === '' ? error.className : error.message;
  return new TowlineError(code, code === 'NOT_FOUND' ? `'${name}' does not exist` : `cannot ${verb} '${name}': ${said}`, { cause: error, context: { ...context, reason: error.className }, ...details });
}

function meaningOf({ className, message }: RemoteException, verb: string): Meaning {
  // Who may not look further is told so with the class of a refusal: a file stands where a folder should (Hadoop 3.4.2).
  if (className === 'ParentNotDirectoryException' || message.includes('(is not a directory)')) return { code: verb === 'write' || verb === 'upload' ? 'INVALID_ARGUMENT' : 'NOT_FOUND', hint: 'A part of the path is a file.' };
  // The name node says so with the class of any refusal (Hadoop 3.4.2).
  if (/SIMPLE authentication is not enabled/i.test(message)) return LOGIN;
  // "could only be written to 0 of the 1 minReplication nodes": full, dead or excluded.
  if (/could only be (written|replicated) to/.test(message)) return { ...AGAIN, hint: 'No data node takes the block: are they alive, reachable from here, and not full?' };
  if (/Invalid (path|file) name|Invalid destination|not a valid DFS filename/i.test(message)) return MEANINGS['InvalidPathException'] ?? AGAIN;
  return MEANINGS[className] ?? { code: 'UNKNOWN' };
}
