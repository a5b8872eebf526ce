import type { KeyCredentials } from '../../http/login.ts';
import type { Header, Query } from './request.ts';

/** One request to sign. Names of headers are in lower case. */
export interface Signable {
  readonly method: string;
  readonly bucket: string;
  readonly key: string | undefined;
  readonly query: Query;
  readonly headers: readonly Header[];
}
/** One of the ways in which OSS wants requests signed. */
export interface Signer {
  /** The headers to send: those of the request, and what signing adds. */
  sign(request: Signable, credentials: KeyCredentials, now: number): Header[];
  /** The query of a URL that works for `expiresInSeconds` without any header but those given. */
  presign(request: Signable, credentials: KeyCredentials, moment: { readonly now: number; readonly expiresInSeconds: number }): string;
}

export const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
