import { TowlineError } from '../../errors.ts';

const rest = (one: string): string => `%${one.charCodeAt(0).toString(16).toUpperCase()}`;

/** Percent-encodes all but letters, digits and `-._~`, so that nothing on the way has a reason to spell it otherwise. */
export function encodeComponent(text: string): string {
  try {
    return encodeURIComponent(text).replace(/[!'()*]/g, rest);
  } catch (cause) {
    throw new TowlineError('INVALID_ARGUMENT', `${JSON.stringify(text)} is not valid Unicode, so it cannot name an object`, { cause });
  }
}

/** A blob's name as it stands in the path of a request: '/' stays. Most names need nothing. */
export const encodeKey = (key: string): string => (/^[\w./~-]*$/.test(key) ? key : encodeComponent(key).replaceAll('%2F', '/'));

export type Query = readonly (readonly [name: string, value: string])[];
/** The parameters that are given, as text. */
export const toQuery = (parameters: Readonly<Record<string, string | number | undefined>>): Query =>
  Object.entries(parameters).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)] as const]));
export const encodeQuery = (query: Query): string => query.map(([name, value]) => `${name}=${encodeComponent(value)}`).join('&');
