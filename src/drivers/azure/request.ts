import { encodeComponent } from '../../http/percent-encoding.ts';
import type { HttpBody } from '../../http/transport.ts';
import type { Header } from './shared-key.ts';

/** One request about the account, its container, or the blob `key` in that. */
export interface AzureRequest {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE';
  /** For errors: 'read'. */
  readonly verb: string;
  /** Default: the container, or the blob where a key is given. */
  readonly of?: 'account' | 'container';
  readonly key?: string;
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  /** Names in lower case. All of the service's own are signed. */
  readonly headers?: readonly Header[];
  readonly body?: HttpBody;
  readonly signal?: AbortSignal | undefined;
}

export type Query = readonly (readonly [name: string, value: string])[];
/** The parameters that are given, as text. */
export const toQuery = (parameters: Readonly<Record<string, string | number | undefined>>): Query =>
  Object.entries(parameters).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)] as const]));
export const encodeQuery = (query: Query): string => query.map(([name, value]) => `${name}=${encodeComponent(value)}`).join('&');
