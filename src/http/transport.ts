/** One HTTP exchange. Redirects, retries and signing happen above it; sockets, TLS and proxies below. */
export interface HttpRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body?: HttpBody | undefined;
  readonly signal?: AbortSignal | undefined;
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
/** One of many requests to one origin, each small, answered by little, and harmless when it is sent twice. */
export interface SmallRequest {
  readonly method: string;
  /** Path and query, percent-encoded. */
  readonly target: string;
  readonly headers: HttpRequest['headers'];
  /** All of the body. It is not touched after `take`. */
  readonly body?: Uint8Array | undefined;
  /** Where a body of so many bytes may come that does not come in one read. Without it, or where it is undefined, more than 1 MiB is too much. */
  readonly land?: ((size: number) => Landing | undefined) | undefined;
  /**
   * Called once; `answer` is undefined where nobody answered. `body` is all of it: in memory that is the caller's until it returns, or where it has landed;
   * undefined where it is too much, or of a length nobody told. It must not throw.
   */
  take(answer: SmallAnswer | undefined, body?: Uint8Array | Landing): void;
}
/** Where a body comes whose length is known. A connection reads into it, and nobody copies it. None of it may throw. */
export interface Landing {
  /** Where the next bytes go, not more than there are still to come; never empty before all have come. */
  memory(): Buffer;
  /** So many bytes have come there. False asks the connection to pause until `resume` is called; what comes nevertheless has its place. */
  came(bytes: number, resume: () => void): boolean;
  /** Nothing more comes. After `take`, where all has come. */
  leave(): void;
}
export interface SmallAnswer {
  readonly status: number;
  /** The value of a header, its name in lower case. */
  header(name: string): string | undefined;
}
export interface SmallRequests {
  readonly origin: URL;
  /** The next one; undefined when there is none any more. */
  next(): SmallRequest | undefined;
  /** How many at once, at the moment. */
  room(): number;
  /** When it fires no more are sent, and those under way are given up: they are not answered. */
  readonly signal?: AbortSignal | undefined;
}
/** Throws TIMEOUT or UNAVAILABLE (both retryable) when nobody answers, ABORTED when `signal` fires; any status is an answer. */
export interface Transport {
  send(request: HttpRequest): Promise<HttpResponse>;
  /** Sends many small requests with no promise for each: see `sendSmall` (small-requests.ts). Undefined where it cannot be done on this way. */
  sendSmall?(requests: SmallRequests): Promise<void> | undefined;
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
