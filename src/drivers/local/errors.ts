import { TowlineError } from '../../errors.ts';
import type { Path } from '../../storage/path.ts';

/** The error of an object that is not there. */
export function notFound(file: string): TowlineError {
  return new TowlineError('NOT_FOUND', `'${file}' does not exist`, { context: { path: file } });
}

/** The error of an object that must not be there yet. */
export function alreadyExists(file: string): TowlineError {
  return new TowlineError('ALREADY_EXISTS', `'${file}' exists already`, { context: { path: file } });
}

/** The error of an object that is another by now. */
export function changed(file: string): TowlineError {
  return new TowlineError('PRECONDITION_FAILED', `'${file}' has changed`, { context: { path: file } });
}

/** The error of a source that did not keep its word. */
export function wrongSize(path: Path, { expected, found }: { readonly expected: number; readonly found: number }): TowlineError {
  return new TowlineError('CORRUPT', `the source of '${path}' gave ${found} bytes instead of ${expected}`, {
    hint: 'Was it changed meanwhile? Try again.',
    context: { path, expected, found },
  });
}

/** Two processes could both find the old file and both replace it: a file system has no conditional rename. */
export function noConditions(displayUrl: string): TowlineError {
  return new TowlineError('UNSUPPORTED', `${displayUrl} cannot replace a file only if it is unchanged`);
}
