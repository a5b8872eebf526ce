import { type ErrorCode, TowlineError } from '../errors.ts';
import { oneLine } from './error-xml.ts';

/** What a code or a status of a service means, in our words. */
export interface Meaning {
  readonly code: ErrorCode;
  readonly what: string;
  readonly hint?: string;
  readonly retryable?: boolean;
}
/** What a request was for, in the words of an error: "Cannot read s3://bucket/key". */
export interface Doing {
  readonly verb: string;
  readonly where: string;
}
/** What the service itself said. */
export interface Said {
  readonly status: number;
  /** The service's own code; '' when the answer had none. */
  readonly code: string;
  /** Its own text where the code tells us nothing: cut, and put on one line. */
  readonly message: string;
  readonly retryAfterSeconds?: number | undefined;
  /** The service's names for this very request: its support asks for them. */
  readonly ids: Readonly<Record<string, string | undefined>>;
}

/** The error of a refusal. `hint` is for just this request. */
export function refusalError({ code, what, retryable = false }: Meaning, said: Said, { verb, where, hint }: Doing & { readonly hint: string | undefined }): TowlineError {
  const own = said.message === '' ? '' : `: ${oneLine(said.message)}`;
  const ids = Object.fromEntries(Object.entries(said.ids).flatMap(([name, id]) => (id ? [[name, id]] : [])));
  return new TowlineError(code, `Cannot ${verb} ${where}: ${what} (${said.code || `HTTP ${said.status}`}${own})`, {
    ...(hint === undefined ? {} : { hint }),
    retryable,
    ...(said.retryAfterSeconds === undefined ? {} : { retryAfterSeconds: said.retryAfterSeconds }),
    context: { status: said.status, ...(said.code && { serviceCode: said.code }), ...ids },
  });
}
