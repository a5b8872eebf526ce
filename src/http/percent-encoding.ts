import { TowlineError } from '../errors.ts';

const rest = (one: string): string => `%${one.charCodeAt(0).toString(16).toUpperCase()}`;

/** Percent-encodes all but letters, digits and `-._~`, as signatures demand, and so that nothing on the way has a reason to spell it otherwise. */
export function encodeComponent(text: string): string {
  try {
    return encodeURIComponent(text).replace(/[!'()*]/g, rest);
  } catch (cause) {
    throw new TowlineError('INVALID_ARGUMENT', `${JSON.stringify(text)} is not valid Unicode, so it cannot name an object`, { cause });
  }
}

/** A key as it stands in the path of a request: '/' stays. Most keys need nothing, and that is found out in 0.1 us. */
export function encodeKey(key: string): string {
  return /^[\w./~-]*$/.test(key) ? key : encodeComponent(key).replaceAll('%2F', '/');
}
