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

  const look = (): boolean => {
    const now = clock.now();
    let isNeeded = false;
    for (const entry of entries) {
      if (entry.dueAt <= now) {
        entry.dueAt = Infinity;
        entry.onIdle();
      }
      isNeeded ||= entry.dueAt !== Infinity;
    }
    return isNeeded;
  };
  const run = async (controller: AbortController): Promise<void> => {
    try {
      do await clock.wait(tickSeconds * 1000, controller.signal); while (look());
    } catch (error) {
      // The end of the last call gives up the wait.
      if (!hasCode(error, 'ABORTED')) throw error;
    } finally {
      // While everything rests no timer runs: a body nobody reads must not keep the process alive.
      if (stop === controller) stop = undefined;
    }
  };
  const start = (): void => {
    if (stop !== undefined) return;
    stop = new AbortController();
    void run(stop);
  };
  // Not at once: what is over in the same turn of the loop, as a small file on this machine is, needs no timer; and where calls follow each other, one timer for each of them would be a fifteenth of the work.
  const startSoon = soon(() => {
    for (const { dueAt } of entries) if (dueAt !== Infinity) return start();
  });
  const stopSoon = soon(() => {
    if (entries.size > 0) return;
    stop?.abort();
    stop = undefined;
  });
  return {
    watch(onIdle) {
      const entry: Entry = { dueAt: Infinity, onIdle };
      entries.add(entry);
      return {
        beat(seconds) {
          entry.dueAt = clock.now() + seconds * 1000;
          if (stop === undefined) startSoon();
        },
        rest() { entry.dueAt = Infinity; },
        end() {
          entry.dueAt = Infinity;
          entries.delete(entry);
          if (entries.size === 0) stopSoon();
        },
      };
    },
  };
}

/** Calls `act` in the next turn of the loop, once, however often it was asked for. */
function soon(act: () => void): () => void {
  let isAsked = false;
  return () => {
    if (isAsked) return;
    isAsked = true;
    setImmediate(() => {
      isAsked = false;
      act();
    });
  };
}
