import { TowlineError } from '../../errors.ts';
import type { Runtime } from '../../runtime.ts';

/** A limit to how long a machine may take, which stands still while a person is asked. */
export interface PausableTimer {
  /** The value of `work`, or TIMEOUT. */
  run<T>(doing: string, work: () => Promise<T>): Promise<T>;
  /** The question's answer; the time it takes does not count. */
  pause<T>(question: () => Promise<T>): Promise<T>;
}

/** A timer of `seconds` for each run, which `ending` ends at once. */
export function createPausableTimer({ now, wait }: Pick<Runtime, 'now' | 'wait'>, seconds: number, ending?: AbortSignal): PausableTimer {
  let paused = 0;
  let pausedAt = 0;
  let credit = 0;
  return {
    async run(doing, work) {
      const stop = new AbortController();
      const abandon = (): void => { stop.abort(); };
      ending?.addEventListener('abort', abandon, { once: true });
      if (ending?.aborted === true) abandon();
      const dueAt = now() + seconds * 1000;
      const startCredit = credit;
      const expire = async (): Promise<never> => {
        for (;;) {
          const left = dueAt + (credit - startCredit) - now();
          if (paused === 0 && left <= 0) throw new TowlineError('TIMEOUT', `${doing} took longer than ${seconds} s`, { retryable: true, hint: "Set 'timeout' for the remote if the server needs longer." });
          await wait(paused > 0 ? 1000 : Math.max(left, 1), stop.signal);
        }
      };
      const clock = expire();
      // Losing the race ends the clock with ABORTED, which is no news.
      clock.catch(() => undefined);
      try {
        return await Promise.race([work(), clock]);
      } finally {
        ending?.removeEventListener('abort', abandon);
        stop.abort();
      }
    },
    async pause(question) {
      if (paused === 0) pausedAt = now();
      paused += 1;
      try {
        return await question();
      } finally {
        paused -= 1;
        if (paused === 0) credit += now() - pausedAt;
      }
    },
  };
}
