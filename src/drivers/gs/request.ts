import type { HttpBody } from '../../http/transport.ts';

export type Header = readonly [name: string, value: string];

/** One request to the service. */
export interface GsRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** For errors: 'read'. */
  readonly verb: string;
  /** The object it is about, for errors. */
  readonly key?: string;
  /** Path and query below the endpoint, encoded: '/storage/v1/b/bucket/o'. */
  readonly target: string;
  readonly headers?: readonly Header[];
  readonly body?: HttpBody;
  /** Answers beside 2xx that are no refusals. */
  readonly expected?: readonly number[];
  readonly signal?: AbortSignal | undefined;
}
