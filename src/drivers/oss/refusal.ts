import { peekText } from '../../http/bounded.ts';
import { errorFields } from '../../http/error-xml.ts';
import { parseRetryAfter } from '../../http/retry-after.ts';
import type { HttpResponse } from '../../http/transport.ts';
import type { Refusal } from './errors.ts';

/** Larger than any error of the service; a page of a proxy may be more and is cut. */
const ERROR_BYTES = 64 * 1024;

/** Reads what the service says about its refusal. An answer to HEAD has no body: OSS puts the same XML into a header, in base64. */
export async function readRefusal(response: HttpResponse, now: number): Promise<Refusal> {
  const body = await peekText(response, ERROR_BYTES);
  response.cancel();
  const text = body !== '' ? body : Buffer.from(response.header('x-oss-err') ?? '', 'base64').toString('utf8');
  return describe(response, errorFields(text), now);
}

/** An error inside an answer of status 200, as long operations may send it; undefined when the answer is none. */
export function hiddenRefusal(response: HttpResponse, answer: string, now: number): Refusal | undefined {
  if (!/^\s*(?:<\?xml[^>]*\?>)?\s*<Error[\s>]/.test(answer.slice(0, 1000))) return undefined;
  // 200 stands on the wire; the work failed on the service's side, so a status of that kind speaks for codes we do not know.
  return { ...describe(response, errorFields(answer), now), status: 500 };
}

function describe(response: HttpResponse, fields: ReadonlyMap<string, string>, now: number): Refusal {
  const endpoint = fields.get('Endpoint');
  return {
    status: response.status,
    code: fields.get('Code') ?? '',
    message: fields.get('Message') ?? '',
    requestId: response.header('x-oss-request-id') ?? fields.get('RequestId'),
    hostId: fields.get('HostId'),
    ec: response.header('x-oss-ec') ?? fields.get('EC'),
    // It stands in a hint to the user, so it must be nothing but a host.
    endpoint: endpoint !== undefined && /^[a-z0-9][a-z0-9.-]{1,200}$/.test(endpoint) ? endpoint : undefined,
    date: response.header('date'),
    retryAfterSeconds: parseRetryAfter(response.header('retry-after'), now),
  };
}
