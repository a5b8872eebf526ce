import { hasCode, TowlineError } from '../../errors.ts';
import type { Runtime } from '../../runtime.ts';
import type { DeleteResult, ObjectName, WriteOptions } from '../driver.ts';
import { around, type Call, type Layer, type Next } from '../layer.ts';

/** How often and how long a failed call is repeated. */
export interface RetryOptions extends Pick<Runtime, 'now' | 'wait'> {
  /** Repetitions after the first try. */
  readonly tries: number;
  /** Nothing is repeated once so much time has passed since the first failure. */
  readonly budgetSeconds: number;
  /** A number in [0, 1). */
  readonly random: () => number;
}

const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 20_000;

/** Repeats calls that failed with a retryable error, waiting a random time below a doubling bound ("full jitter") and at least as long as the service asked. */
export function retry(options: RetryOptions): Layer {
  const repeating = around((call, next) => next().catch((error: unknown) => again({ call, next, error }, options)));
  return (inner) => {
    const driver = repeating(inner);
    const { delete: remove } = driver;
    return remove ? { ...driver, delete: async (names, call) => await repeatDeletes({ ...options, wait: async (pause) => await options.wait(pause, call?.signal) }, names, async (some) => await remove(some, call)) } : driver;
  };
}

/** A batch reports each name by itself: those whose error may go away are asked for again, the others are done. */
async function repeatDeletes({ tries, budgetSeconds, now, wait, random }: RetryOptions, names: readonly ObjectName[], remove: (names: readonly ObjectName[]) => Promise<readonly DeleteResult[]>): Promise<readonly DeleteResult[]> {
  const results = [...(await remove(names))];
  const deadline = now() + budgetSeconds * 1000;
  for (let failures = 0; failures < tries; failures++) {
    const places = results.flatMap(({ error }, place) => (error instanceof TowlineError && error.retryable ? [place] : []));
    const pause = Math.max(0, ...places.map((place) => pauseBefore(failures, results[place]?.error, random)));
    if (places.length === 0 || now() + pause > deadline) return results;
    await wait(pause);
    const repeated = await remove(places.flatMap((place) => names[place] ?? []));
    places.forEach((place, index) => { results[place] = repeated[index] ?? results[place] as DeleteResult; });
  }
  return results;
}

interface Failed<T> { readonly call: Call; readonly next: Next<T>; readonly error: unknown }

async function again<T>({ call, next, ...first }: Failed<T>, options: RetryOptions): Promise<T> {
  let { error } = first;
  let deadline: number | undefined;
  for (let failures = 0; ; failures++) {
    if (failures >= options.tries || !mayRepeat(call, error)) throw error;
    deadline ??= options.now() + options.budgetSeconds * 1000;
    const pause = pauseBefore(failures, error, options.random);
    if (options.now() + pause > deadline) throw error;
    await options.wait(pause, call.signal);
    try {
      return await next();
    } catch (failure) {
      error = failure;
    }
  }
}

/** The time to wait before try `failures + 1`, in milliseconds. */
export function pauseBefore(failures: number, error: unknown, random: () => number): number {
  const jittered = random() * Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** failures);
  const asked = error instanceof TowlineError ? (error.retryAfterSeconds ?? 0) * 1000 : 0;
  return asked + jittered;
}

function mayRepeat(call: Call, error: unknown): boolean {
  if (call.signal?.aborted || !(error instanceof TowlineError) || !error.retryable || error.code === 'ABORTED') return false;
  // After a conditional write whose answer was lost, the repetition would be refused because of our own first try. Only a refusal proves that nothing happened.
  return !isConditional(call) || hasCode(error, 'RATE_LIMITED');
}

function isConditional(call: Call): boolean {
  if (call.verb !== 'write') return false;
  const options = call.args[2] as WriteOptions | undefined;
  return options?.mode !== undefined && options.mode !== 'overwrite';
}
