import type { HttpBody, HttpResponse } from '../../http/transport.ts';
import { encodeKey } from './encoding.ts';
import type { Endpoint } from './endpoint.ts';
import type { Credentials, Header } from './sigv4.ts';

/** One request about the bucket, or about the object `key` in it. */
export interface S3Request {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE';
  /** For errors: 'read'. */
  readonly verb: string;
  readonly key?: string;
  /** As `encodeQuery` writes it. */
  readonly query?: string;
  /** Names in lower case. All are signed. */
  readonly headers?: readonly Header[];
  readonly body?: HttpBody;
  /** Of the body; without a body it need not be given. */
  readonly payloadHash?: string;
  readonly signal?: AbortSignal | undefined;
}
/** What came of one try, and what it was made with. */
export interface Exchange {
  readonly response: HttpResponse;
  readonly region: string;
  readonly credentials: Credentials | 'anonymous';
}

/** Where a request goes, percent-encoded. */
export const pathOf = (endpoint: Endpoint, key: string | undefined): string => (key === undefined ? endpoint.base || '/' : `${endpoint.base}/${encodeKey(key)}`);
