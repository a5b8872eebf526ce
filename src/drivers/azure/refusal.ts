import { peekText } from '../../http/bounded.ts';
import { errorFields } from '../../http/error-xml.ts';
import { parseRetryAfter } from '../../http/retry-after.ts';
import type { HttpResponse } from '../../http/transport.ts';
import type { Refusal } from './errors.ts';

/** Larger than any error of the service; a page of a proxy may be more and is cut. */
const ERROR_BYTES = 64 * 1024;

/** Reads what the service says about its refusal. An answer to HEAD has its code in a header; what is no XML of the service leaves the status alone to speak. */
export async function readRefusal(response: HttpResponse, now: number): Promise<Refusal> {
  const text = await peekText(response, ERROR_BYTES);
  response.cancel();
  return describeRefusal(response, errorFields(text), now);
}

/** The same of an answer inside another one, of which header and text are at hand. */
export function describeRefusal(response: Pick<HttpResponse, 'status' | 'header'>, fields: ReadonlyMap<string, string>, now: number): Refusal {
  return {
    status: response.status,
    code: (response.header('x-ms-error-code') ?? fields.get('Code') ?? '').replace(/[^\w.]/g, ''),
    message: fields.get('Message') ?? '',
    detail: fields.get('AuthenticationErrorDetail'),
    requestId: response.header('x-ms-request-id'),
    date: response.header('date'),
    retryAfterSeconds: parseRetryAfter(response.header('retry-after'), now),
  };
}
