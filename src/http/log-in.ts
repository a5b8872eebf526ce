import type { Transport } from './transport.ts';

/** Where credentials belong, and how the transport that has them is made. */
export interface LogIn {
  readonly origin: string;
  /** Asked at the first request, and again only when it failed. */
  readonly authorize: (inner: Transport) => Promise<Transport>;
}

/** Adds credentials to requests to their own origin, and to no other. They are looked for at the first of them, once. */
export function withLogIn(inner: Transport, { origin, authorize }: LogIn): Transport {
  let authorized: Promise<Transport> | undefined;
  return {
    ...inner,
    async send(request) {
      if (request.url.origin !== origin) return inner.send(request);
      authorized ??= authorize(inner);
      try {
        return await (await authorized).send(request);
      } catch (error) {
        // A question that was not answered may be asked again.
        if (await authorized.then(() => false, () => true)) authorized = undefined;
        throw error;
      }
    },
  };
}

/** Adds one header to every request. */
export function withHeader(inner: Transport, name: string, value: string): Transport {
  return { ...inner, send: (request) => inner.send({ ...request, headers: [...request.headers, [name, value]] }) };
}
