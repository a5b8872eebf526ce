import { type ErrorCode, TowlineError } from '../../errors.ts';

/** Status codes of SFTP version 3. */
export const STATUS = { endOfFile: 1, noSuchFile: 2, permissionDenied: 3, failure: 4, badMessage: 5, noConnection: 6, connectionLost: 7, unsupported: 8 } as const;

/** The server's refusal of one request, before the verb that asked gives it words. */
export class SftpStatus extends Error {
  override readonly name: string = 'SftpStatus';
  readonly code: number;
  constructor(code: number, text: string) {
    super(text === '' ? `status ${code}` : text);
    this.code = code;
  }
}

/** True when the server answered with this status. */
export function hasStatus(error: unknown, code: number): error is SftpStatus {
  return error instanceof SftpStatus && error.code === code;
}

/** The connection ended while something was under way. */
export function connectionLost(cause: unknown): TowlineError {
  const detail = cause instanceof Error ? `: ${cause.message}` : '';
  return new TowlineError('UNAVAILABLE', `the SSH connection was lost${detail}`, { cause, retryable: true });
}

const CODES: Readonly<Record<number, ErrorCode>> = {
  [STATUS.noSuchFile]: 'NOT_FOUND',
  [STATUS.permissionDenied]: 'PERMISSION_DENIED',
  [STATUS.badMessage]: 'INVALID_ARGUMENT',
  [STATUS.noConnection]: 'UNAVAILABLE',
  [STATUS.connectionLost]: 'UNAVAILABLE',
  [STATUS.unsupported]: 'UNSUPPORTED',
};

/** What one call was about. */
export interface Doing { readonly verb: string; readonly path: string; readonly displayUrl: string }

/** The error a caller of the driver sees. What is ours already passes. */
export function translate(error: unknown, { verb, path, displayUrl }: Doing): Error {
  if (error instanceof TowlineError) return error;
  const name = path === '' ? displayUrl : `${displayUrl === '/' ? '' : displayUrl}/${path}`;
  const context = { path, verb };
  if (!(error instanceof SftpStatus)) return new TowlineError('UNKNOWN', `cannot ${verb} '${name}': ${error instanceof Error ? error.message : String(error)}`, { cause: error, context });
  const code = CODES[error.code] ?? 'UNKNOWN';
  if (code === 'NOT_FOUND') return new TowlineError(code, `'${name}' does not exist`, { cause: error, context });
  const hint = hintFor(error.code, verb);
  return new TowlineError(code, `cannot ${verb} '${name}': the server answered '${error.message}'`, {
    cause: error, context, retryable: code === 'UNAVAILABLE', ...(hint !== undefined && { hint }),
  });
}

function hintFor(code: number, verb: string): string | undefined {
  if (code === STATUS.permissionDenied) return 'Check the permissions of the folder on the server for the user you log in as.';
  // OpenSSH says only 'Failure' for a full disk, a quota and whatever else version 3 has no number for.
  if (code === STATUS.failure && verb === 'write') return 'Is the disk of the server full, or the quota used up?';
  return undefined;
}

const RETRYABLE_SYSTEM_CODES = ['ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'EPIPE', 'EAI_AGAIN'];

const CONNECT_HINTS: Readonly<Record<string, string>> = {
  ENOTFOUND: 'Check the name in the URL of the remote, or add a Host entry to ~/.ssh/config.',
  ECONNREFUSED: 'Check host and port of the URL, and that an SSH server runs there.',
  ETIMEDOUT: 'Check host and port of the URL, and the firewall between.',
};

/** A connection that did not come about, by the system's code where there is one. */
export function connectFailed(host: string, error: unknown): TowlineError {
  if (error instanceof TowlineError) return error;
  const { code, message } = error instanceof Error ? (error as NodeJS.ErrnoException) : { code: undefined, message: String(error) };
  const isUnknownHost = code === 'ENOTFOUND';
  const hint = CONNECT_HINTS[code ?? ''];
  return new TowlineError('UNAVAILABLE', `cannot connect to ${host}: ${isUnknownHost ? 'there is no host of that name' : code === 'ECONNREFUSED' ? 'connection refused' : message}`, {
    cause: error, retryable: code !== undefined ? RETRYABLE_SYSTEM_CODES.includes(code) : !isUnknownHost, context: { host },
    ...(hint !== undefined && { hint }),
  });
}
