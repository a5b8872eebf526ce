import { TowlineError } from '../errors.ts';

/** Work that several callers wait for. It is given up when all of them have; who comes after one gave up begins anew, since what he waited for may hang. */
export type SharedWork<T> = (key: string, signal: AbortSignal | undefined, act: (signal: AbortSignal) => Promise<T>) => Promise<T>;

interface Work<T> {
  readonly promise: Promise<T>;
  readonly controller: AbortController;
  waiters: number;
}

export function createSharedWork<T>(): SharedWork<T> {
  const underWay = new Map<string, Work<T>>();
  const end = (key: string, work: Work<T>): void => { if (underWay.get(key) === work) underWay.delete(key); };
  const begin = (key: string, act: (signal: AbortSignal) => Promise<T>): Work<T> => {
    const controller = new AbortController();
    const work: Work<T> = { controller, waiters: 0, promise: act(controller.signal).finally(() => { end(key, work); }) };
    underWay.set(key, work);
    return work;
  };
  return async (key, signal, act) => {
    const work = underWay.get(key) ?? begin(key, act);
    work.waiters++;
    try {
      return await unless(signal, work.promise);
    } finally {
      work.waiters--;
      if (signal?.aborted === true) {
        end(key, work);
        if (work.waiters === 0) work.controller.abort(signal.reason);
      }
    }
  };
}

/** The value of the work, or ABORTED as soon as the signal fires. */
function unless<T>(signal: AbortSignal | undefined, promise: Promise<T>): Promise<T> {
  if (signal === undefined) return promise;
  return new Promise<T>((resolve, reject) => {
    const stop = (): void => { reject(new TowlineError('ABORTED', 'the call was given up by its caller', { cause: signal.reason })); };
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    promise.then(resolve, reject).finally(() => { signal.removeEventListener('abort', stop); });
  });
}
