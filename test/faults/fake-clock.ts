import { TowlineError } from '../../src/errors.ts';
import type { Runtime } from '../../src/runtime.ts';

/** A clock whose waits end at once and move it forward, in the order they would end. */
export function createFakeClock(): Pick<Runtime, 'now' | 'wait'> & { readonly waits: readonly number[] } {
  let now = 1_000_000;
  const waits: number[] = [];
  return {
    waits,
    now: () => now,
    async wait(milliseconds, signal) {
      waits.push(milliseconds);
      // A turn of the event loop: what could happen meanwhile happens.
      await new Promise((resolve) => { setImmediate(resolve); });
      if (signal?.aborted) throw new TowlineError('ABORTED', 'the wait was given up');
      now += milliseconds;
    },
  };
}
