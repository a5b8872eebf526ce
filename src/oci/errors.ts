import type { ErrorCode, TowlineError } from '../errors.ts';
import { peekText } from '../http/bounded.ts';
import { oneLine } from '../http/error-xml.ts';
import { redactUrl } from '../http/redact.ts';
import { type Meaning, refusalError } from '../http/refusal-error.ts';
import { parseRetryAfter } from '../http/retry-after.ts';
import type { HttpResponse } from '../http/transport.ts';
import type { Profile } from './profiles.ts';

/** What a request was for. */
export interface Doing {
  readonly verb: 'read' | 'write' | 'delete';
  /** In the user's words: 'sha256:... of oci://host/name'. */
  readonly where: string;
}
/** What is known beside the answer. */
export interface Circumstances extends Doing {
  readonly now: number;
  readonly profile: Profile;
}

const LONGEST = 64 * 1024;
const LOG_IN = "Set 'user' and 'password', or log in by docker login, oras login or podman login.";

/** The codes of the distribution spec, and those that registries add to them. */
const CODES: Readonly<Record<string, Meaning>> = {
  BLOB_UNKNOWN: { code: 'NOT_FOUND', what: 'it is not there' },
  MANIFEST_UNKNOWN: { code: 'NOT_FOUND', what: 'it is not there' },
  NAME_UNKNOWN: { code: 'NOT_FOUND', what: 'there is no such repository' },
  NOT_FOUND: { code: 'NOT_FOUND', what: 'it is not there' },
  MANIFEST_BLOB_UNKNOWN: { code: 'PRECONDITION_FAILED', what: 'the registry lacks something the manifest names', hint: 'Push its layers and its config first; a garbage collection may have taken them: push again.' },
  BLOB_UPLOAD_UNKNOWN: { code: 'UNAVAILABLE', what: 'the registry has forgotten the upload', retryable: true },
  BLOB_UPLOAD_INVALID: { code: 'UNAVAILABLE', what: 'the registry lost its way in the upload', retryable: true },
  DIGEST_INVALID: { code: 'CORRUPT', what: 'the registry received other bytes than the digest names', hint: 'Something on the way changes them, or they changed while they were sent: push again.' },
  SIZE_INVALID: { code: 'CORRUPT', what: 'the registry received another number of bytes than was announced', hint: 'Push again.' },
  MANIFEST_INVALID: { code: 'INVALID_ARGUMENT', what: 'the registry does not take this manifest', hint: 'It may be larger than the 4 MiB that most registries take, or of a type this one does not know.' },
  NAME_INVALID: { code: 'INVALID_ARGUMENT', what: 'the registry does not take this name' },
  TAG_INVALID: { code: 'INVALID_ARGUMENT', what: 'the registry does not take this tag' },
  UNAUTHORIZED: { code: 'UNAUTHENTICATED', what: 'the registry wants to know who you are', hint: LOG_IN },
  DENIED: { code: 'PERMISSION_DENIED', what: 'these credentials do not allow it', hint: 'Check what they may do with this repository.' },
  UNSUPPORTED: { code: 'UNSUPPORTED', what: 'the registry does not offer it' },
  TOOMANYREQUESTS: { code: 'RATE_LIMITED', what: 'the registry takes no more requests for now', retryable: true },
  UNAVAILABLE: { code: 'UNAVAILABLE', what: 'the registry is down', retryable: true },
};

const STATUSES: Readonly<Record<number, Meaning>> = {
  400: { code: 'INVALID_ARGUMENT', what: 'the registry refused the request' },
  401: { code: 'UNAUTHENTICATED', what: 'the registry wants to know who you are', hint: LOG_IN },
  403: { code: 'PERMISSION_DENIED', what: 'these credentials do not allow it', hint: 'Check what they may do with this repository.' },
  404: { code: 'NOT_FOUND', what: 'it is not there' },
  405: { code: 'UNSUPPORTED', what: 'the registry does not offer it' },
  408: { code: 'TIMEOUT', what: 'the registry gave up waiting', retryable: true },
  413: { code: 'INVALID_ARGUMENT', what: 'it is too large for one request to this registry', hint: "Set a smaller 'chunk_size', or raise the limit of the proxy before the registry." },
  416: { code: 'INVALID_ARGUMENT', what: 'the registry does not take this piece', hint: "The piece may be too large for it: set a smaller 'chunk_size'." },
  429: { code: 'RATE_LIMITED', what: 'the registry takes no more requests for now', retryable: true },
  501: { code: 'UNSUPPORTED', what: 'the registry does not offer it' },
  504: { code: 'TIMEOUT', what: 'a gateway gave up waiting', retryable: true },
};

/** The error an answer means. A status that says more than a code counts before it: a limit of requests comes with many codes. */
export async function registryError(response: HttpResponse, { verb, where, now, profile }: Circumstances): Promise<TowlineError> {
  const { status } = response;
  const { code, message, detail } = firstError(await peekText(response, LONGEST));
  response.cancel();
  const meaning = meaningOf(status, code);
  const said = {
    status, code, retryAfterSeconds: parseRetryAfter(response.header('retry-after'), now),
    message: redactUrl([message, detail].filter((text) => text !== '').join(': ')).slice(0, 300),
    ids: { requestId: response.header('x-request-id') ?? response.header('x-ms-correlation-request-id') ?? response.header('x-amzn-requestid') },
  };
  return refusalError(meaning, said, { verb, where, hint: profile.hints[`${verb} ${status}`] ?? meaning.hint });
}

function meaningOf(status: number, code: string): Meaning {
  const byStatus = STATUSES[status] ?? ofClass(status);
  const byCode = CODES[code];
  if (status === 429 || byCode === undefined) return byStatus;
  // Docker Hub and distribution say UNAUTHORIZED with 401 only; others say it with 403 where it means DENIED.
  return status === 403 && byCode.code === 'UNAUTHENTICATED' ? byStatus : byCode;
}

function ofClass(status: number): Meaning {
  if (status >= 500) return { code: 'UNAVAILABLE', what: 'the registry failed', retryable: true };
  const code: ErrorCode = status >= 400 ? 'INVALID_ARGUMENT' : 'UNKNOWN';
  return { code, what: status >= 400 ? 'the registry refused the request' : 'the registry answered in an unexpected way', hint: 'Check that the host is a registry and no web page.' };
}

/** The first error of the body; empty texts where it is none of the form that registries use. */
function firstError(body: string): { readonly code: string; readonly message: string; readonly detail: string } {
  const text = (value: unknown): string => (typeof value === 'string' ? oneLine(value) : '');
  const first = parsed(body)?.errors?.[0];
  const detail = typeof first?.detail === 'string' ? first.detail : first?.detail ? JSON.stringify(first.detail) : '';
  return { code: /^[A-Za-z_]{1,60}$/.test(text(first?.code)) ? text(first?.code).toUpperCase() : '', message: text(first?.message), detail: text(detail) };
}

interface ErrorBody { readonly errors?: readonly { readonly code?: unknown; readonly message?: unknown; readonly detail?: unknown }[] }

function parsed(body: string): ErrorBody | undefined {
  try {
    const value = JSON.parse(body) as ErrorBody | null;
    return value !== null && typeof value === 'object' && Array.isArray(value.errors) ? value : undefined;
  } catch {
    // A proxy's page or plain text: the status says what there is to say.
    return undefined;
  }
}
