import type { Runtime } from '../runtime.ts';
import type { Rate } from './rate.ts';

/** Bytes that may pass, so many a second. */
export interface Bucket {
  readonly bytesPerSecond: number;
  /** Resolves in the order of the calls, when `bytes` may pass. ABORTED while it waits: what was meant for it is free again. */
  take(bytes: number, signal?: AbortSignal): Promise<void>;
}
/** A bucket for each direction, where that one is limited; both are the same one where they are limited together. */
export interface Budget { readonly up?: Bucket; readonly down?: Bucket }

/** The budgets of a process. */
export interface Bandwidth {
  /** What this run was told: it counts in place of all that is configured. */
  readonly asked?: Rate;
  /** The budget behind a setting, named by where that stands: all that is limited by the same line draws from one budget. */
  budget(name: string, rate: Rate): Budget;
}

type Time = Pick<Runtime, 'now' | 'wait'>;

/** Budgets that are made when the first asks for them. */
export function createBandwidth({ now, wait }: Time, asked?: Rate): Bandwidth {
  const budgets = new Map<string, Budget>();
  return {
    ...(asked && { asked }),
    budget(name, rate) {
      const known = budgets.get(name) ?? createBudget(rate, { now, wait });
      budgets.set(name, known);
      return known;
    },
  };
}

function createBudget({ up, down, isTogether }: Rate, time: Time): Budget {
  const forUp = up === Infinity ? undefined : createBucket(up, time);
  const forDown = isTogether ? forUp : down === Infinity ? undefined : createBucket(down, time);
  return { ...(forUp && { up: forUp }), ...(forDown && { down: forDown }) };
}

/** What an idle time may save up: enough that a timer which fires late loses nothing. */
const SAVED_MS = 250;

/**
 * A token bucket kept as one number, the time until which everything is given away. Who comes gets the next span after it and waits for its begin, so
 * nobody overtakes, and there is no queue to hold.
 */
export function createBucket(bytesPerSecond: number, { now, wait }: Time): Bucket {
  let givenUntil = -Infinity;
  return {
    bytesPerSecond,
    async take(bytes, signal) {
      const time = now();
      const from = Math.max(givenUntil, time - SAVED_MS);
      const span = (bytes / bytesPerSecond) * 1000;
      givenUntil = from + span;
      if (from <= time) return;
      try {
        await wait(from - time, signal);
      } catch (error) {
        givenUntil -= span;
        throw error;
      }
    },
  };
}
