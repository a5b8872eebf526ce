import { createHmac } from 'node:crypto';

export type Header = readonly [name: string, value: string];
/** What a signature covers of a request. */
export interface Signable {
  readonly method: string;
  /** As it stands on the wire. */
  readonly path: string;
  /** Decoded. */
  readonly query: readonly (readonly [name: string, value: string])[];
  /** Names in lower case. */
  readonly headers: readonly Header[];
  /** Bytes of the body. */
  readonly size: number;
}

/** https://learn.microsoft.com/rest/api/storageservices/authorize-with-shared-key, the form of version 2015-02-21 and later. */
export function stringToSign(account: string, { method, path, query, headers, size }: Signable): string {
  const values = new Map(headers);
  const standard = ['content-encoding', 'content-language', '', 'content-md5', 'content-type', 'date', 'if-modified-since', 'if-match', 'if-none-match', 'if-unmodified-since', 'range'];
  const lines = standard.map((name) => (name === '' ? (size > 0 ? String(size) : '') : values.get(name) ?? ''));
  const own = headers.filter(([name]) => name.startsWith('x-ms-')).toSorted(([a], [b]) => compareNames(a, b)).map(([name, value]) => `${name}:${value.trim()}\n`);
  const parameters = query.map(([name, value]) => [name.toLowerCase(), value] as const).toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([name, value]) => `\n${name}:${value}`);
  return `${method}\n${lines.join('\n')}\n${own.join('')}/${account}${path}${parameters.join('')}`;
}

export const hmac = (key: Uint8Array, text: string): string => createHmac('sha256', key).update(text, 'utf8').digest('base64');

/** The service orders names by the rules of a language, by which '_' comes before digits (Azure SDK for JavaScript, SharedKeyComparator.ts, 2026-11-21). */
function compareNames(a: string, b: string): number {
  const [one, other] = [a.replaceAll('_', ' '), b.replaceAll('_', ' ')];
  return one < other ? -1 : one > other ? 1 : 0;
}
