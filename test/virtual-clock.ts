import { setImmediate } from 'node:timers/promises';
import { abortedError, onAbort } from '../src/storage/call.ts';
import type { Clock } from '../src/runtime.ts';

/** A clock that stands still until everybody waits, and then goes on to the first who wakes up. */
export interface VirtualClock extends Pick<Clock, 'now' | 'wait'> {
  /** Lets time pass until `work` is over. */
  until<T>(work: Promise<T>): Promise<T>;
}

/** Turns of the event loop in which nothing may happen and nobody wait, before it counts as stuck. */
const PATIENCE = 1_000;

export function createVirtualClock(): VirtualClock {
  let time = 1_000_000;
  const sleepers = new Set<{ readonly at: number; wake(): void }>();
  return {
    now: () => time,
    wait: async (milliseconds, signal) => await new Promise<void>((resolve, reject) => {
      const sleeper = { at: time + milliseconds, wake: (): void => { unlink?.(); resolve(); } };
      const unlink = signal && onAbort(signal, () => {
        sleepers.delete(sleeper);
        reject(abortedError(signal));
      });
      sleepers.add(sleeper);
    }),
    async until(work) {
      let isOver = false;
      const settled = work.then(() => { isOver = true; }, () => { isOver = true; });
      for (let idle = 0; ; idle++) {
        for (let turn = 0; turn < 3; turn++) await setImmediate();
        if (isOver) break;
        const first = [...sleepers].reduce<{ readonly at: number; wake(): void } | undefined>((best, one) => (best && best.at <= one.at ? best : one), undefined);
        if (first) {
          sleepers.delete(first);
          time = Math.max(time, first.at);
          first.wake();
          idle = 0;
        } else if (idle > PATIENCE) throw new Error('everybody waits for something else than time');
      }
      await settled;
      return await work;
    },
  };
}
