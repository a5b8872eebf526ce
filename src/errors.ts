/** What went wrong, as a closed set a program can switch on. Act on the code, never on the message. */
export type ErrorCode =
  | 'NOT_FOUND'
  | 'ALREADY_EXISTS'
  | 'PRECONDITION_FAILED'
  | 'UNAUTHENTICATED'
  | 'PERMISSION_DENIED'
  | 'RATE_LIMITED'
  | 'TIMEOUT'
  | 'UNAVAILABLE'
  | 'UNSUPPORTED'
  | 'INVALID_ARGUMENT'
  | 'INVALID_CONFIG'
  | 'CORRUPT'
  | 'LOCKED'
  | 'NO_REPOSITORY'
  | 'ABORTED'
  | 'UNKNOWN';

export interface ErrorDetails {
  readonly cause?: unknown;
  /** One sentence telling the user what to do next. */
  readonly hint?: string;
  /** Whether the same call may succeed if repeated unchanged. */
  readonly retryable?: boolean;
  /** How long the service asks us to wait before the next try. */
  readonly retryAfterSeconds?: number;
  /** Names and numbers for logs and JSON output. Must never hold a secret. */
  readonly context?: Readonly<Record<string, string | number | boolean>>;
}

/** Every error this package throws on purpose. */
export class TowlineError extends Error {
  override readonly name: string = 'TowlineError';
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly retryable: boolean;
  readonly retryAfterSeconds: number | undefined;
  readonly context: Readonly<Record<string, string | number | boolean>>;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, { cause: details.cause });
    this.code = code;
    this.hint = details.hint;
    this.retryable = details.retryable ?? false;
    this.retryAfterSeconds = details.retryAfterSeconds;
    this.context = details.context ?? {};
  }
}

/** True when `error` is ours and carries `code`. */
export function hasCode(error: unknown, code: ErrorCode): error is TowlineError {
  return error instanceof TowlineError && error.code === code;
}
