import { type ErrorCode, TowlineError } from '../errors.ts';

interface Meaning {
  readonly code: ErrorCode;
  readonly text: string;
  readonly hint?: string;
  readonly retryable?: boolean;
}

const FULL: Meaning = { code: 'UNAVAILABLE', text: 'the disk is full', hint: 'Free some space, then repeat the command: what is done already is kept.' };
const DENIED: Meaning = { code: 'PERMISSION_DENIED', text: 'permission denied', hint: 'Check the owner and the mode of the file and of its folder.' };
const TOO_MANY: Meaning = { code: 'UNAVAILABLE', text: 'too many open files', hint: "Raise the limit ('ulimit -n') or use fewer --jobs.", retryable: true };
const CANNOT: Meaning = { code: 'UNSUPPORTED', text: 'the file system cannot do this' };

/** What each errno means to a user; one missing here is shown as the system words it. */
const MEANINGS: Readonly<Record<string, Meaning>> = {
  ENOENT: { code: 'NOT_FOUND', text: 'no such file or folder' },
  ENOTDIR: { code: 'NOT_FOUND', text: 'a part of the path is a file, not a folder' },
  EEXIST: { code: 'ALREADY_EXISTS', text: 'it exists already' },
  ENOTEMPTY: { code: 'ALREADY_EXISTS', text: 'the folder is not empty' },
  EISDIR: { code: 'INVALID_ARGUMENT', text: 'it is a folder' },
  ENOSPC: FULL,
  EDQUOT: { ...FULL, text: 'the disk quota is used up' },
  EFBIG: { code: 'UNSUPPORTED', text: 'the file is too large for this file system' },
  EACCES: DENIED,
  EPERM: { ...DENIED, text: 'operation not permitted' },
  EROFS: { code: 'PERMISSION_DENIED', text: 'the file system is read-only', hint: 'Mount it writable or choose another folder.' },
  EMFILE: TOO_MANY,
  ENFILE: TOO_MANY,
  ENAMETOOLONG: { code: 'INVALID_ARGUMENT', text: 'the name is too long for this file system' },
  ELOOP: { code: 'INVALID_ARGUMENT', text: 'symbolic links point at each other' },
  EILSEQ: { code: 'INVALID_ARGUMENT', text: 'the file system does not accept this name' },
  EXDEV: { ...CANNOT, text: 'source and target are on different file systems' },
  EMLINK: { ...CANNOT, text: 'the file has too many hard links' },
  ENOTSUP: CANNOT,
  EOPNOTSUPP: CANNOT,
  ENOSYS: CANNOT,
  EBUSY: { code: 'UNAVAILABLE', text: 'it is in use', hint: 'Close the program that uses it and repeat the command.', retryable: true },
  ETXTBSY: { code: 'UNAVAILABLE', text: 'it is a program that is running', retryable: true },
  EIO: { code: 'UNAVAILABLE', text: 'the device reports an input/output error', hint: 'Check the disk or the network drive.' },
  ESTALE: { code: 'UNAVAILABLE', text: 'the network drive lost the file', retryable: true },
};

/** The errno name behind an error, whether it is the system's own or ours around it. */
export function systemCode(error: unknown): string | undefined {
  for (let one = error; one instanceof Error; one = one.cause) {
    // An error that came from a worker thread has left its cause there.
    if (one instanceof TowlineError && typeof one.context['errno'] === 'string') return one.context['errno'];
    if ('syscall' in one && 'code' in one && typeof one.code === 'string') return one.code;
  }
  return undefined;
}

/** Says in one line what could not be done with which file. `action` completes "cannot ...". */
export function diskError(error: unknown, action: string, path: string): unknown {
  const errno = systemCode(error);
  if (errno === undefined || error instanceof TowlineError) return error;
  const meaning = MEANINGS[errno] ?? { code: 'UNKNOWN', text: error instanceof Error ? error.message : errno };
  return new TowlineError(meaning.code, `cannot ${action} '${path}': ${meaning.text}`, {
    cause: error,
    retryable: meaning.retryable ?? false,
    context: { path, errno },
    ...(meaning.hint !== undefined && { hint: meaning.hint }),
  });
}

/** Runs `act` and words what goes wrong in it. */
export function worded<T>(action: string, path: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw diskError(error, action, path);
  }
}

/** Whether more files were to be open than this process or machine may have, which passes when others are closed. */
export function isOutOfFiles(error: unknown): boolean {
  return ['EMFILE', 'ENFILE'].includes(systemCode(error) ?? '');
}

/** Whether every further change would fail in the same way, so that a batch had better stop. */
export function endsBatch(error: unknown): boolean {
  return ['ENOSPC', 'EDQUOT', 'EROFS', 'EMFILE', 'ENFILE'].includes(systemCode(error) ?? '');
}
