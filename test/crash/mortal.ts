import { TowlineError } from '../../src/errors.ts';
import type { Connect } from '../../src/http/transport.ts';
import { faultyTransport } from '../faults/faulty-transport.ts';

/** When a process ends: before its request is sent, in the middle of the request's body, or when the server has done what was asked and the answer is on its way. */
export const DEATHS = ['before', 'within', 'behind'] as const;
export type Death = (typeof DEATHS)[number];
export interface Mortal {
  readonly connect: Connect;
  /** How many requests were made while it lived, of those in which it can end. */
  readonly sent: () => number;
}

/** Connections of a process that ends at request `at` (from 1): nothing it does afterwards reaches anybody, so no clean-up either. What it wrote on disk stays. */
export function mortal(connect: Connect, at: number, death: Death): Mortal {
  let count = 0;
  return {
    sent: () => Math.min(count, at),
    connect: (settings) => {
      const inner = connect(settings);
      return {
        ...inner,
        async send(request) {
          // In the middle of a body is nowhere where there is none.
          if (death === 'within' && request.body === undefined && count < at) return await inner.send(request);
          if (++count < at) return await inner.send(request);
          if (count > at || death === 'before') throw ended();
          const half = Math.floor((request.body?.bytes?.byteLength ?? request.body?.size ?? 0) / 2);
          const fault = faultyTransport(inner, [{ at: { byte: half }, do: { kind: death === 'within' ? 'cut-request' : 'lose-answer' } }]);
          // An answer to half a request, where there is one, is heard by nobody.
          (await fault.send(request)).cancel();
          throw ended();
        },
      };
    },
  };
}

const ended = (): TowlineError => new TowlineError('UNAVAILABLE', 'this process has ended');
