import { TowlineError } from '../errors.ts';
import { redactUrl } from './redact.ts';
import type { HttpResponse } from './transport.ts';

/** The whole body in memory: for XML, JSON and error texts. CORRUPT as soon as there are more than `limit` bytes. */
export async function readBytes(response: HttpResponse, limit: number): Promise<Uint8Array> {
  const announced = Number(response.header('content-length') ?? 0);
  if (announced > limit) throw tooLong(response, limit);
  const kept: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body) {
    size += chunk.byteLength;
    if (size > limit) throw tooLong(response, limit);
    // Not `slice`: that of a Buffer does not copy.
    kept.push(Buffer.from(chunk));
  }
  const only = kept[0];
  return kept.length === 1 && only !== undefined ? only : Buffer.concat(kept, size);
}

/** As `readBytes`, decoded as UTF-8. CORRUPT when it is not. */
export async function readText(response: HttpResponse, limit: number): Promise<string> {
  const bytes = await readBytes(response, limit);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new TowlineError('CORRUPT', `${redactUrl(response.url)} answered with text that is not UTF-8`, { cause });
  }
}

/** At most the first `limit` bytes as text, for messages; the rest is left. Never throws because of the body. */
export async function peekText(response: HttpResponse, limit: number): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  let size = 0;
  try {
    for await (const chunk of response.body) {
      const part = chunk.subarray(0, limit - size);
      size += part.byteLength;
      text += decoder.decode(part, { stream: true });
      if (size >= limit) break;
    }
  } catch {
    // The status is what matters here: an error text that was cut off is shown as far as it came.
    return text;
  }
  return text;
}

function tooLong(response: HttpResponse, limit: number): TowlineError {
  response.cancel();
  return new TowlineError('CORRUPT', `${redactUrl(response.url)} answered with more than the ${limit} bytes that are expected at most`, {
    hint: 'Check that the URL leads to the service itself and not to a web page or another proxy.',
  });
}
