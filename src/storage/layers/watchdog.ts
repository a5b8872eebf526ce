import { hasCode } from '../../errors.ts';
import type { Runtime } from '../../runtime.ts';

/** One thing that must show signs of life. */
export interface Watched {
  /** It lives; it counts as idle when `seconds` pass from now on. */
  beat(seconds: number): void;
  /** It is not its turn: no time counts until the next beat. */
  rest(): void;
  end(): void;
}
/** Watches many things with one timer. */
export interface Watchdog { watch(onIdle: () => void): Watched }
interface Entry { dueAt: number; readonly onIdle: () => void }

/** A watchdog that looks every `tickSeconds`, so idleness is noticed up to that much late: a timer for each chunk would cost more than the chunk. */
export function createWatchdog(clock: Pick<Runtime, 'now' | 'wait'>, tickSeconds: number): Watchdog {
  const entries = new Set<Entry>();
  let stop: AbortController | undefined;

  const run = async (signal: AbortSignal): Promise<void> => {
    try {
      for (;;) {
        await clock.wait(tickSeconds * 1000, signal);
        const now = clock.now();
        for (const entry of entries) {
          if (entry.dueAt > now) continue;
          entry.dueAt = Infinity;
          entry.onIdle();
        }
      }
    } catch (error) {
      // The end of the last call gives up the wait: that is how this loop ends.
      if (!hasCode(error, 'ABORTED')) throw error;
    }
  };
  return {
    watch(onIdle) {
      const entry: Entry = { dueAt: Infinity, onIdle };
      entries.add(entry);
      if (stop === undefined) {
        stop = new AbortController();
        void run(stop.signal);
      }
      return {
        beat(seconds) { entry.dueAt = clock.now() + seconds * 1000; },
        rest() { entry.dueAt = Infinity; },
        end() {
          entries.delete(entry);
          if (entries.size > 0) return;
          stop?.abort();
          stop = undefined;
        },
      };
    },
  };
}
