import type { HttpResponse } from './transport.ts';

/** Bodies up to this size are worth waiting for: one promise instead of a stream through every layer. */
export const SMALL_BODY = 64 * 1024;

/** All of a body whose size is known and small. It fails as reading it would. */
export function smallBody(response: HttpResponse, size: number): Uint8Array | Promise<Uint8Array> {
  return response.arrived?.() ?? gathered(response, size);
}

async function gathered({ body }: HttpResponse, size: number): Promise<Uint8Array> {
  const whole = new Uint8Array(size);
  let at = 0;
  for await (const chunk of body) {
    whole.set(chunk.subarray(0, size - at), at);
    at += chunk.byteLength;
  }
  return at === size ? whole : whole.subarray(0, Math.min(at, size));
}
