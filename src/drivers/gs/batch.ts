import { TowlineError } from '../../errors.ts';
import { readText } from '../../http/bounded.ts';
import type { HttpBody, HttpResponse } from '../../http/transport.ts';
import { bytesBody } from '../../storage/request-body.ts';

/** What one request of a batch was answered. */
export interface BatchAnswer {
  readonly status: number;
  readonly body: string;
}

/** Requests without bodies as one: `lines` are 'DELETE /path?query'. The outer request's headers count for all of them. */
export function writeBatch(lines: readonly string[], randomBytes: (count: number) => Uint8Array): { readonly contentType: string; readonly body: HttpBody } {
  const boundary = `towline-${Buffer.from(randomBytes(18)).toString('hex')}`;
  const parts = lines.map((line, index) => `--${boundary}\r\ncontent-type: application/http\r\ncontent-id: <${index + 1}>\r\n\r\n${line} HTTP/1.1\r\n\r\n\r\n`);
  return { contentType: `multipart/mixed; boundary=${boundary}`, body: bytesBody(Buffer.from(`${parts.join('')}--${boundary}--\r\n`)) };
}

/** The answers by the order of the requests; undefined for one that was not answered. */
export async function readBatch(response: HttpResponse, count: number, limit: number): Promise<readonly (BatchAnswer | undefined)[]> {
  const boundary = /;\s*boundary=(?:"([^"]+)"|([^\s;]+))/i.exec(response.header('content-type') ?? '');
  const text = await readText(response, limit);
  const mark = boundary?.[1] ?? boundary?.[2];
  if (mark === undefined) throw new TowlineError('CORRUPT', 'The server answered a batch with something else than its answers', { hint: 'Look whether the endpoint is Google Cloud Storage.' });
  const answers: (BatchAnswer | undefined)[] = Array.from({ length: count }, () => undefined);
  const parts = text.split(`--${mark}`).slice(1);
  for (const [position, part] of parts.entries()) {
    const status = /^HTTP\/\d(?:\.\d)? (\d{3})\b/m.exec(part);
    if (status === null) continue;
    const number = /^content-id:\s*<?response-[^\d\r\n]*(\d+)>?\s*$/im.exec(part)?.[1];
    const index = number === undefined ? position : Number(number) - 1;
    if (index < count) answers[index] = { status: Number(status[1]), body: /\{[^]*\}/.exec(part.slice(status.index))?.[0] ?? '' };
  }
  return answers;
}
