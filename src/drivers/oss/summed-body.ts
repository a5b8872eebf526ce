import { TowlineError } from '../../errors.ts';
import type { HttpBody, HttpResponse } from '../../http/transport.ts';
import { crc64, createCrc64 } from '../../storage/crc64-ecma.ts';
import { crcOf } from './entry.ts';

/** A body whose CRC-64 is known once it has been sent. */
export interface SummedBody {
  readonly body: HttpBody;
  sum(): bigint;
}

/** Sums the bytes as they pass, anew each time the body is opened. */
export function summed(body: HttpBody): SummedBody {
  const { bytes } = body;
  if (bytes !== undefined) return { body, sum: () => crc64(bytes) };
  let crc = createCrc64();
  async function* open(): AsyncGenerator<Uint8Array> {
    const own = createCrc64();
    crc = own;
    for await (const chunk of body.open()) {
      own.update(chunk);
      yield chunk;
    }
  }
  return { body: { ...body, open }, sum: () => crc.value() };
}

/** Throws CORRUPT when the service has other bytes than were sent; gives their sum where it tells one. */
export function requireSameSum(response: HttpResponse, { sum }: SummedBody, where: string): bigint | undefined {
  const there = crcOf(response);
  if (there === undefined || there === sum()) return there;
  throw new TowlineError('CORRUPT', `${where}: the service has other bytes than were sent (CRC-64 ${there})`, {
    hint: 'Look for a proxy that alters uploads, and push again.', context: { requestId: response.header('x-oss-request-id') ?? '' },
  });
}

/** The bytes of a whole object, checked against its CRC-64 before the last of them is given. */
export async function* checkedBody(body: AsyncIterable<Uint8Array>, { crc, size, where }: { readonly crc: bigint; readonly size: number | undefined; readonly where: string }): AsyncGenerator<Uint8Array> {
  const own = createCrc64();
  let count = 0;
  const check = (): void => {
    if (own.value() === crc) return;
    // Not retryable: a read that goes on behind what was given already would never look at it again.
    throw new TowlineError('CORRUPT', `${where}: other bytes arrived than the service keeps (CRC-64 ${own.value()} instead of ${crc})`, { hint: 'Look for a proxy that alters downloads, and fetch again.' });
  };
  for await (const chunk of body) {
    own.update(chunk);
    count += chunk.byteLength;
    if (count === size) check();
    yield chunk;
  }
  if (count !== size) check();
}
