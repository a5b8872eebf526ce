import { isAscii } from 'node:buffer';
import { TowlineError } from '../../errors.ts';
import type { HttpResponse } from '../../http/transport.ts';
import type { Refusal } from './errors.ts';
import { errorFields } from '../../http/error-xml.ts';
import { readFields } from '../../http/xml.ts';
import { lengthOf } from '../../storage/ranged-content.ts';

/** Larger than any error of a service; a page of a proxy may be more and is cut. */
const ERROR_BYTES = 64 * 1024;
/** Of an answer that does not say how long it is. */
const FIRST_BYTES = 16 * 1024;

/** The whole body as text; throws CORRUPT beyond `limit` bytes, so that no answer can fill the memory. */
export async function readBody(response: HttpResponse, limit: number): Promise<string> {
  const bytes = await readUpTo(response, limit);
  if (bytes === undefined) throw new TowlineError('CORRUPT', `The server's answer is longer than ${limit} bytes`, { hint: 'Look whether the endpoint is an S3 service.' });
  return textOf(bytes);
}

/** The whole body; undefined beyond `limit` bytes. */
export async function readUpTo(response: HttpResponse, limit: number): Promise<Buffer | undefined> {
  let whole = Buffer.allocUnsafe(Math.min(lengthOf(response) ?? FIRST_BYTES, limit));
  let size = 0;
  for await (const chunk of response.body) {
    const start = size;
    size += chunk.byteLength;
    if (size > limit) {
      response.cancel();
      return undefined;
    }
    if (size > whole.byteLength) whole = Buffer.concat([whole.subarray(0, start)], Math.min(size * 2, limit));
    whole.set(chunk, start);
  }
  return whole.subarray(0, size);
}

/** A page of a listing is hardly ever more than ASCII, which is decoded in a fifth of the time. */
const textOf = (bytes: Buffer): string => bytes.toString(isAscii(bytes) ? 'latin1' : 'utf8');

/** Reads what the service says about its refusal. What is no XML of S3 leaves the status alone to speak. */
export async function readRefusal(response: HttpResponse): Promise<Refusal> {
  const bytes = await readUpTo(response, ERROR_BYTES);
  return describeRefusal(response, errorFields(bytes === undefined ? '' : textOf(bytes)));
}

/** An error inside an answer of status 200, as long operations send it; undefined when the answer is none. */
export function hiddenRefusal(response: HttpResponse, answer: string): Refusal | undefined {
  // A page of a listing is some 400 KB; who asked for it reads it as XML once.
  if (!answer.includes('Error')) return undefined;
  const { root, fields } = readFields(answer);
  // 200 stands on the wire; the work failed on the service's side, so a status of that kind speaks for codes we do not know.
  return root === 'Error' ? { ...describeRefusal(response, fields), status: 500 } : undefined;
}

function describeRefusal(response: HttpResponse, fields: ReadonlyMap<string, string>): Refusal {
  const code = fields.get('Code') ?? response.header('x-minio-error-code')?.replace(/[^\w.]/g, '') ?? '';
  const pause = Number(response.header('retry-after') ?? Number.NaN);
  return {
    status: response.status,
    code,
    message: fields.get('Message') ?? '',
    requestId: response.header('x-amz-request-id') ?? fields.get('RequestId'),
    hostId: response.header('x-amz-id-2') ?? fields.get('HostId'),
    region: regionName(response.header('x-amz-bucket-region') ?? fields.get('Region')),
    date: response.header('date'),
    retryAfterSeconds: Number.isFinite(pause) && pause >= 0 ? pause : undefined,
  };
}

/** A region becomes part of a host name, so an answer must not be able to write anything else into it. */
const regionName = (text: string | undefined): string | undefined => (text !== undefined && /^[a-z0-9][a-z0-9-]{1,40}$/.test(text) ? text : undefined);
