import { encodeComponent } from '../../http/percent-encoding.ts';
import type { HttpBody } from '../../http/transport.ts';

export type Header = readonly [name: string, value: string];
/** What stands behind the '?': undefined is left out, '' is a name alone. */
export type Query = Readonly<Record<string, string | number | undefined>>;

/** One request about the bucket, or about the object `key` in it. */
export interface OssRequest {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE';
  /** For errors: 'read'. */
  readonly verb: string;
  readonly key?: string;
  readonly query?: Query;
  /** Names in lower case. */
  readonly headers?: readonly Header[];
  readonly body?: HttpBody;
  readonly signal?: AbortSignal | undefined;
}

/** A query in the one spelling that V4 signs: encoded, sorted by the encoded names, no '=' behind a name alone. */
export function encodeQuery(query: Query): string {
  return Object.entries(query)
    .flatMap(([name, value]) => (value === undefined ? [] : [value === '' ? encodeComponent(name) : `${encodeComponent(name)}=${encodeComponent(String(value))}`]))
    .sort(byName).join('&');
}

const byName = (a: string, b: string): number => {
  const [one, other] = [a.split('=')[0] ?? '', b.split('=')[0] ?? ''];
  return one < other ? -1 : one > other ? 1 : 0;
};
