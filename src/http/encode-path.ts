import { TowlineError } from '../errors.ts';

/** A path as it stands in a URL: every segment is encoded, so that a name with '%', '?' or '#' stays that name. */
export function encodePath(path: string): string {
  try {
    return path.split('/').map(encodeURIComponent).join('/');
  } catch (cause) {
    throw new TowlineError('INVALID_ARGUMENT', `'${path}' is not a name that can stand in a URL`, { cause });
  }
}

/** The text that a part of a URL means; undefined where its '%' mean nothing, or no UTF-8. */
export function decodePart(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}
