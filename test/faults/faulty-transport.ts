import { TowlineError } from '../../src/errors.ts';
import type { HttpRequest, HttpResponse, Transport } from '../../src/http/transport.ts';

/** Where a fault strikes: a request by number (from 0) and what it looks like. What is not said fits all. */
export interface FaultPlace {
  readonly request?: number;
  readonly method?: string;
  readonly path?: RegExp;
  /** Offset of the byte in the answer's body, for 'cut', 'flip' and 'stall'. */
  readonly byte?: number;
}
/** What happens there. */
export type FaultAction =
  | { readonly kind: 'cut' }
  | { readonly kind: 'cut-request' }
  | { readonly kind: 'lose-answer' }
  | { readonly kind: 'status'; readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string }
  | { readonly kind: 'flip'; readonly bit?: number }
  | { readonly kind: 'stall' }
  | { readonly kind: 'redirect'; readonly to: string; readonly status?: number };
export interface Fault {
  readonly at: FaultPlace;
  readonly do: FaultAction;
}
/** A transport with faults, and what passed it. */
export interface FaultyTransport extends Transport {
  readonly requests: readonly { readonly method: string; readonly url: string }[];
  /** How often each fault struck, in their order. */
  readonly struck: readonly number[];
}

/** Puts faults before a transport. A fault without `request` strikes every request it fits. */
export function faultyTransport(inner: Transport, faults: readonly Fault[]): FaultyTransport {
  const requests: { method: string; url: string }[] = [];
  const struck = faults.map(() => 0);
  return {
    ...inner, requests, struck,
    async send(request) {
      const number = requests.length;
      requests.push({ method: request.method, url: request.url.href });
      const index = faults.findIndex(({ at }) => fits(at, request, number));
      const fault = faults[index];
      if (!fault) return inner.send(request);
      struck[index] = (struck[index] ?? 0) + 1;
      return strike(fault, request, inner);
    },
  };
}

function fits(at: FaultPlace, request: HttpRequest, number: number): boolean {
  return (at.request ?? number) === number && (at.method ?? request.method) === request.method && (at.path?.test(request.url.pathname + request.url.search) ?? true);
}

async function strike({ at, do: action }: Fault, request: HttpRequest, inner: Transport): Promise<HttpResponse> {
  const byte = at.byte ?? 0;
  switch (action.kind) {
    case 'status':
      return answer(request, { status: action.status, headers: Object.entries(action.headers ?? {}), body: action.body ?? '' });
    case 'redirect':
      return answer(request, { status: action.status ?? 307, headers: [['location', action.to]], body: '' });
    case 'cut-request':
      return inner.send(withBody(request, byte));
    case 'lose-answer':
      (await inner.send(request)).cancel();
      throw lost(request);
    case 'cut':
      return changed(await inner.send(request), (body) => cutAt(body, byte, () => lost(request)));
    case 'flip':
      return changed(await inner.send(request), (body) => flipAt(body, byte, action.bit ?? 0));
    case 'stall':
      return changed(await inner.send(request), (body) => stallAt(body, byte, request.signal));
  }
}

function lost(request: HttpRequest): TowlineError {
  return new TowlineError('UNAVAILABLE', `${request.url.host}: the connection was lost`, { retryable: true });
}

function answer(request: HttpRequest, { status, headers, body }: { readonly status: number; readonly headers: readonly (readonly [string, string])[]; readonly body: string }): HttpResponse {
  const all = [...headers, ['content-length', String(Buffer.byteLength(body))] as const];
  return {
    status, url: request.url, headers: () => all, cancel: () => undefined,
    header: (name) => all.find(([known]) => known.toLowerCase() === name.toLowerCase())?.[1],
    body: (async function* () { if (body !== '') yield Buffer.from(body); })(),
  };
}

function changed(response: HttpResponse, change: (body: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>): HttpResponse {
  return {
    status: response.status, url: response.url, body: change(response.body),
    header: (name) => response.header(name), headers: () => response.headers(), cancel: () => response.cancel(),
  };
}

/** The request's body breaks off at `byte`: the server sees a connection that ended in the middle. */
function withBody(request: HttpRequest, byte: number): HttpRequest {
  const { body } = request;
  if (!body) throw lost(request);
  const whole = body.bytes ? [body.bytes] : undefined;
  return { ...request, body: { size: body.bytes?.byteLength ?? body.size, open: () => cutAt(whole ? from(whole) : body.open(), byte, () => lost(request)) } };
}

async function* from(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks;
}

async function* cutAt(body: AsyncIterable<Uint8Array>, byte: number, error: () => Error): AsyncGenerator<Uint8Array> {
  yield* passUntil(body, byte);
  throw error();
}

async function* flipAt(body: AsyncIterable<Uint8Array>, byte: number, bit: number): AsyncGenerator<Uint8Array> {
  let passed = 0;
  for await (const chunk of body) {
    const at = byte - passed;
    passed += chunk.byteLength;
    if (at < 0 || at >= chunk.byteLength) yield chunk;
    else {
      const copy = Uint8Array.from(chunk);
      copy[at] = (copy[at] ?? 0) ^ (1 << bit);
      yield copy;
    }
  }
}

/** Nothing more comes after `byte`, until the signal fires. */
async function* stallAt(body: AsyncIterable<Uint8Array>, byte: number, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
  const silence = new TowlineError('ABORTED', 'interrupted');
  yield* passUntil(body, byte);
  await new Promise((_, reject) => {
    if (signal?.aborted === true) reject(silence);
    else signal?.addEventListener('abort', () => reject(silence), { once: true });
  });
}

async function* passUntil(body: AsyncIterable<Uint8Array>, byte: number): AsyncGenerator<Uint8Array> {
  let passed = 0;
  for await (const chunk of body) {
    const part = chunk.subarray(0, byte - passed);
    passed += part.byteLength;
    if (part.byteLength > 0) yield part;
    if (passed >= byte) return;
  }
}
