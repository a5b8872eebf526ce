import { type ErrorCode, TowlineError } from '../errors.ts';
import { peekText } from './bounded.ts';
import { redactUrl } from './redact.ts';
import { parseRetryAfter } from './retry-after.ts';
import type { HttpResponse } from './transport.ts';

/** What is known of the call beside the answer. */
export interface StatusErrorOptions {
  readonly method: string;
  /** Milliseconds since 1970, for a Retry-After that is a date. */
  readonly now: number;
  /** What failed in the user's words: `reading 'a/b'`. Default: the method and the URL. */
  readonly what?: string;
  readonly hint?: string;
}
interface Meaning {
  readonly code: ErrorCode;
  readonly words: string;
  readonly retryable?: boolean;
  readonly hint?: string;
}

const MEANINGS: Readonly<Record<number, Meaning>> = {
  400: { code: 'INVALID_ARGUMENT', words: 'refused as a bad request' },
  401: { code: 'UNAUTHENTICATED', words: 'refused: it wants credentials, or others than it got', hint: 'Check user, password or token of the remote.' },
  403: { code: 'PERMISSION_DENIED', words: 'refused: not allowed', hint: 'Check what these credentials may do there.' },
  404: { code: 'NOT_FOUND', words: 'not found' },
  405: { code: 'UNSUPPORTED', words: 'refused: the server does not offer this method there' },
  407: { code: 'UNAUTHENTICATED', words: 'refused by the proxy: it wants a user and a password', hint: 'Put them into the proxy variable: HTTPS_PROXY=http://USER:PASSWORD@HOST:PORT.' },
  408: { code: 'TIMEOUT', words: 'the server gave up waiting', retryable: true },
  409: { code: 'PRECONDITION_FAILED', words: 'refused: it is in conflict with what is there' },
  410: { code: 'NOT_FOUND', words: 'gone' },
  411: { code: 'UNSUPPORTED', words: 'refused: the server wants to know the length beforehand' },
  412: { code: 'PRECONDITION_FAILED', words: 'refused: it is not what was expected there' },
  413: { code: 'INVALID_ARGUMENT', words: 'refused: too large for this server' },
  416: { code: 'INVALID_ARGUMENT', words: 'refused: the range lies outside' },
  423: { code: 'LOCKED', words: 'locked', retryable: true },
  425: { code: 'UNAVAILABLE', words: 'refused: too early', retryable: true },
  429: { code: 'RATE_LIMITED', words: 'refused: too many requests', retryable: true },
  501: { code: 'UNSUPPORTED', words: 'the server does not know this method' },
  503: { code: 'UNAVAILABLE', words: 'the service is overloaded or down', retryable: true },
  504: { code: 'TIMEOUT', words: 'a gateway gave up waiting', retryable: true },
  505: { code: 'UNSUPPORTED', words: 'the server does not take this version of HTTP' },
  507: { code: 'UNAVAILABLE', words: 'the server has no space left', hint: 'Free space there and push again.' },
};

/** The error an answer means. Reads at most the beginning of its body and leaves the rest, so the connection is free afterwards. */
export async function statusError(response: HttpResponse, options: StatusErrorOptions): Promise<TowlineError> {
  const { status } = response;
  const meaning = MEANINGS[status] ?? meaningOfClass(status);
  const detail = await firstWords(response);
  response.cancel();
  const url = redactUrl(response.url);
  const retryAfterSeconds = parseRetryAfter(response.header('retry-after'), options.now);
  const hint = options.hint ?? meaning.hint;
  return new TowlineError(meaning.code, `${options.what ?? `${options.method} ${url}`}: ${meaning.words} (${status}${detail === '' ? '' : `: ${detail}`})`, {
    retryable: meaning.retryable ?? false,
    ...(hint !== undefined && { hint }),
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
    context: { status, method: options.method, url },
  });
}

function meaningOfClass(status: number): Meaning {
  if (status >= 500) return { code: 'UNAVAILABLE', words: 'the server failed', retryable: true };
  if (status >= 400) return { code: 'INVALID_ARGUMENT', words: 'refused' };
  if (status >= 300) return { code: 'UNSUPPORTED', words: 'answered with a redirect that cannot be followed', hint: 'Set the URL of the remote to where the server points.' };
  return { code: 'UNKNOWN', words: 'answered in an unexpected way' };
}

async function firstWords(response: HttpResponse): Promise<string> {
  const type = response.header('content-type') ?? 'text/plain';
  if (!/^(text\/(?!html)|application\/(.*\+)?(json|xml))/i.test(type)) return '';
  const text = await peekText(response, 1024);
  // Of XML the words count: names of exceptions, and what they say.
  const words = /xml/i.test(type) ? text.replace(/<[^>]*>?/g, ' ') : text;
  return redactUrl(words).replace(/[\u0000-\u001f\u007f\s]+/g, ' ').trim().slice(0, 200);
}
