import type { HttpRequest, HttpResponse, Transport } from '../../src/http/transport.ts';

/** An answer a test has prepared. */
export interface ScriptedAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | readonly string[];
  /** Thrown when the body ends. */
  readonly failure?: Error;
}
/** A transport without a net: answers by a function, and remembers. */
export interface ScriptedTransport extends Transport {
  readonly requests: HttpRequest[];
  /** How many answers were cancelled. */
  cancelled(): number;
}

/** Answers every request by `answer`; an Error it gives back is thrown. */
export function scripted(answer: (request: HttpRequest, number: number) => ScriptedAnswer | Error): ScriptedTransport {
  const requests: HttpRequest[] = [];
  let cancelled = 0;
  return {
    requests, cancelled: () => cancelled,
    async send(request) {
      requests.push(request);
      const given = answer(request, requests.length - 1);
      if (given instanceof Error) throw given;
      return answered(request, given, () => { cancelled += 1; });
    },
  };
}

/** The value of a request's header. */
export function sentHeader(request: HttpRequest | undefined, name: string): string | undefined {
  return request?.headers.find(([known]) => known.toLowerCase() === name)?.[1];
}

function answered(request: HttpRequest, { status, headers = {}, body = '', failure }: ScriptedAnswer, cancel: () => void): HttpResponse {
  const all = Object.entries(headers);
  return {
    status, url: request.url, headers: () => all, cancel,
    header: (name) => all.find(([known]) => known.toLowerCase() === name.toLowerCase())?.[1],
    body: (async function* () {
      for (const part of typeof body === 'string' ? [body] : body) if (part !== '') yield Buffer.from(part, 'latin1');
      if (failure) throw failure;
    })(),
  };
}
