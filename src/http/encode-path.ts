import { TowlineError } from '../errors.ts';

/** A path as it stands in a URL: every segment is encoded, so that a name with '%', '?' or '#' stays that name. */
export function encodePath(path: string): string {
  try {
    return path.split('/').map(encodeURIComponent).join('/');
  } catch (cause) {
    throw new TowlineError('INVALID_ARGUMENT', `'${path}' is not a name that can stand in a URL`, { cause });
  }
}
