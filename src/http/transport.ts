/** One HTTP exchange. Redirects, retries and signing happen above it; sockets, TLS and proxies below. */
export interface HttpRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body?: HttpBody;
  readonly signal?: AbortSignal;
  /**
   * The server says 100 before the answer although nobody has asked, as data nodes of HDFS do: it is spoken to in the way that takes this
   * at once. Otherwise a small body is sent a second time, while the server is still at work on the first.
   */
  readonly continuesUnasked?: boolean;
}
/** Opened anew for every try. `size` undefined: sent chunked. */
export interface HttpBody {
  readonly size: number | undefined;
  /** The whole body where it is already in memory: header and body leave in one write. */
  readonly bytes?: Uint8Array;
  open(): AsyncIterable<Uint8Array>;
}
export interface HttpResponse {
  readonly status: number;
  /** Where the bytes came from: differs from the request's after a redirect. */
  readonly url: URL;
  /** The value of a header, names in any case; several of one name are joined by ', '. */
  header(name: string): string | undefined;
  headers(): Iterable<readonly [name: string, value: string]>;
  /** Iterate to its end, or call `cancel`: a connection hangs on it. Chunks live until the next is asked for. Never decompressed. */
  readonly body: AsyncIterable<Uint8Array>;
  /** All of the body, where it has come already, in memory of its own; then `body` gives nothing more. */
  arrived?(): Uint8Array | undefined;
  cancel(): void;
}
/** One of many requests without a body to one origin, each answered by little. */
export interface SmallSend {
  readonly method: string;
  /** Path and query, percent-encoded. */
  readonly target: string;
  readonly headers: HttpRequest['headers'];
  /** See `SmallRequest` (small-requests.ts). */
  take(status: number | undefined, bytes?: Uint8Array): void;
}
export interface SmallSends {
  readonly origin: URL;
  next(): SmallSend | undefined;
  room(): number;
  readonly signal?: AbortSignal | undefined;
}
/** Throws TIMEOUT or UNAVAILABLE (both retryable) when nobody answers, ABORTED when `signal` fires; any status is an answer. */
export interface Transport {
  send(request: HttpRequest): Promise<HttpResponse>;
  /** Sends many small requests with no promise for each: see `sendSmall` (small-requests.ts). Undefined where it cannot be done on this way. */
  sendSmall?(sends: SmallSends): Promise<void> | undefined;
  /** Ends the idle connections. */
  close?(): Promise<void>;
}
/** How one remote wants to be connected to. Files are named by absolute paths. */
export interface ConnectionSettings {
  /** Default true. False accepts any certificate, and says so in a warning once. */
  readonly verifyTls?: boolean;
  readonly caFile?: string;
  readonly certificateFile?: string;
  readonly keyFile?: string;
  /** Time to a connection, TLS included. Default 10. */
  readonly connectTimeoutSeconds?: number;
  /** Time without a byte in either direction. Default 60. There is no limit to the whole. */
  readonly idleTimeoutSeconds?: number;
  /** Connections to one origin. Default 256. */
  readonly connections?: number;
  /** Default true. False goes past every proxy: for what only this very machine can be told, such as its own role in a cloud. */
  readonly usesProxy?: boolean;
}
/** Makes a transport; connections are pooled in it by origin. */
export type Connect = (settings?: ConnectionSettings) => Transport;
