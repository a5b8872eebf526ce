import { redactUrl } from './redact.ts';
import { codeOf } from './connection-error.ts';
import { TowlineError } from '../errors.ts';
import type { HttpRequest, HttpResponse, Transport } from './transport.ts';

/** One exchange, without any secret. */
export interface TracedExchange {
  readonly method: string;
  readonly url: string;
  /** Absent when no answer came. */
  readonly status?: number;
  /** The code of the failure, of the exchange or within its body. */
  readonly error?: string;
  readonly startedAt: number;
  /** To the last byte, or to where the body was left. */
  readonly milliseconds: number;
  /** Bytes of the request's body, where its size is known. */
  readonly sent?: number;
  readonly received: number;
}

/** Reports every exchange when it has ended. `now` is in milliseconds. */
export function traced(transport: Transport, { report, now }: { readonly report: (exchange: TracedExchange) => void; readonly now: () => number }): Transport {
  const send = async (request: HttpRequest): Promise<HttpResponse> => {
    const startedAt = now();
    const size = request.body?.bytes?.byteLength ?? request.body?.size;
    let isReported = false;
    const done = (end: Partial<TracedExchange>): void => {
      if (isReported) return;
      isReported = true;
      report({ method: request.method, url: redactUrl(request.url), startedAt, milliseconds: now() - startedAt, received: 0, ...(size !== undefined && { sent: size }), ...end });
    };
    try {
      return watched(await transport.send(request), done);
    } catch (error) {
      done({ error: nameOf(error) });
      throw error;
    }
  };
  return { ...transport, send };
}

function watched(response: HttpResponse, done: (end: Partial<TracedExchange>) => void): HttpResponse {
  const { status } = response;
  let received = 0;
  async function* body(): AsyncGenerator<Uint8Array> {
    let error: string | undefined;
    try {
      for await (const chunk of response.body) {
        received += chunk.byteLength;
        yield chunk;
      }
    } catch (failure) {
      error = nameOf(failure);
      throw failure;
    } finally {
      done({ status, received, ...(error !== undefined && { error }) });
    }
  }
  return {
    status, url: response.url, body: body(),
    header: (name) => response.header(name),
    headers: () => response.headers(),
    arrived() {
      const bytes = response.arrived?.();
      if (bytes) done({ status, received: bytes.byteLength });
      return bytes;
    },
    cancel() {
      response.cancel();
      done({ status, received });
    },
  };
}

function nameOf(error: unknown): string {
  return error instanceof TowlineError ? error.code : codeOf(error) || 'UNKNOWN';
}
