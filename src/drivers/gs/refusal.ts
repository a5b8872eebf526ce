import { peekText } from '../../http/bounded.ts';
import { parseRetryAfter } from '../../http/retry-after.ts';
import type { HttpResponse } from '../../http/transport.ts';

/** What the service said when it refused. */
export interface Refusal {
  readonly status: number;
  /** The service's own word, such as 'notFound'; '' when the answer had none. */
  readonly reason: string;
  readonly message: string;
  readonly requestId?: string | undefined;
  readonly retryAfterSeconds?: number | undefined;
}

/** Larger than any error of the service; a page of a proxy may be more and is cut. */
const ERROR_BYTES = 64 * 1024;

/** Reads what the service says about its refusal; what is not its JSON leaves the status alone to speak. */
export async function readRefusal(response: HttpResponse, now: number): Promise<Refusal> {
  const text = await peekText(response, ERROR_BYTES);
  response.cancel();
  return {
    ...readError(response.status, text),
    requestId: response.header('x-guploader-uploadid')?.slice(0, 64),
    retryAfterSeconds: parseRetryAfter(response.header('retry-after'), now),
  };
}

/** The error in the text of an answer, also in one of a batch. */
export function readError(status: number, text: string): Refusal {
  const { error } = parse(text);
  const errors = isObject(error) ? error['errors'] : undefined;
  const first: unknown = Array.isArray(errors) ? errors[0] : undefined;
  const word = isObject(first) ? first['reason'] : undefined;
  const message = isObject(error) ? error['message'] : undefined;
  return {
    status, reason: typeof word === 'string' ? word.replace(/[^\w.-]/g, '').slice(0, 60) : '',
    // Uploads and downloads are refused in plain text, or in the XML of the other API.
    message: typeof message === 'string' ? message : /^\s*</.test(text) ? /<Message>([^<]*)</.exec(text)?.[1] ?? '' : text,
  };
}

type Json = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null;

function parse(text: string): Json {
  if (!text.trimStart().startsWith('{')) return {};
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : {};
  } catch {
    // Cut off, or of a proxy: the status alone speaks.
    return {};
  }
}
