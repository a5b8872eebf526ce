import { setMaxListeners } from 'node:events';
import { abortedError, type CallOptions, linkedController, onAbort } from './call.ts';

/** How many at once, and how to stop. */
export interface ConcurrentOptions extends CallOptions {
  /** May change on the way. */
  readonly jobs: number | (() => number);
}

/**
 * Runs `act` on every item, at most `jobs` at once, and yields the results as they come; takes items only as fast as results are taken.
 * The first failure (of an item, of the items themselves, or the caller's signal) fires the signal given to `act`, waits for what is under way,
 * yields what has come of it, and is thrown.
 */
export async function* concurrently<T, R>(items: AsyncIterable<T> | Iterable<T>, options: ConcurrentOptions, act: (item: T, signal: AbortSignal) => Promise<R>): AsyncGenerator<R> {
  const { controller, unlink } = linkedController(options.signal);
  const crew = createCrew<R>();
  const { signal } = controller;
  const { jobs } = options;
  const room = typeof jobs === 'number' ? () => jobs : jobs;
  // Others below may add listeners of their own, one for each call under way: that is no leak.
  setMaxListeners(0, signal);
  const stop = (): void => { crew.fail(abortedError(options.signal)); };
  if (signal.aborted) stop();
  const ignore = onAbort(signal, stop);
  const feed = createFeed(items, { onItem: (item) => { if (!signal.aborted) crew.start(act(item, signal)); }, onError: crew.fail, onSettled: crew.wake });
  try {
    for (;;) {
      while (crew.finished.length > 0) yield crew.finished.shift() as R;
      if (crew.failure()) break;
      if (feed.isDry() && crew.running.size === 0) return;
      if (crew.running.size + crew.finished.length < room()) feed.pull();
      await crew.change();
    }
    controller.abort();
    await Promise.allSettled(crew.running);
    yield* crew.finished;
    throw crew.failure()?.error;
  } finally {
    ignore();
    // To fire a signal costs as much as a tenth of a small request, and at the end there is mostly nobody left to hear it.
    if (crew.running.size > 0 || crew.finished.length > 0 || feed.isPulling()) controller.abort();
    await Promise.allSettled(crew.running);
    unlink();
    feed.close();
  }
}

interface Crew<R> {
  readonly running: ReadonlySet<Promise<void>>;
  readonly finished: R[];
  start(job: Promise<R>): void;
  fail(error: unknown): void;
  failure(): { readonly error: unknown } | undefined;
  /** Resolves at the next result, failure or `wake`; at once when there is one already. */
  change(): Promise<void>;
  wake(): void;
}

function createCrew<R>(): Crew<R> {
  const running = new Set<Promise<void>>();
  const finished: R[] = [];
  let failure: { readonly error: unknown } | undefined;
  let wake: () => void = () => undefined;
  const fail = (error: unknown): void => {
    failure ??= { error };
    wake();
  };
  return {
    running, finished, fail,
    start(work) {
      const settle = (): void => {
        running.delete(job);
        wake();
      };
      const job = work.then((result) => {
        finished.push(result);
        settle();
      }, (error: unknown) => {
        fail(error);
        settle();
      });
      running.add(job);
    },
    failure: () => failure,
    async change() {
      if (finished.length > 0 || failure) return;
      await new Promise<void>((resolve) => { wake = resolve; });
    },
    wake: () => { wake(); },
  };
}

interface Feed { pull(): void; isPulling(): boolean; isDry(): boolean; close(): void }
interface Eater<T> { onItem(item: T): void; onError(error: unknown): void; onSettled(): void }

/** Takes one item at a time: an iterator must not be asked again before it has answered. */
function createFeed<T>(items: AsyncIterable<T> | Iterable<T>, eater: Eater<T>): Feed {
  const iterator = Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
  let isPulling = false;
  let isDry = false;
  const pull = async (): Promise<void> => {
    try {
      const next = await iterator.next();
      if (next.done) isDry = true;
      else eater.onItem(next.value);
    } catch (error) {
      isDry = true;
      eater.onError(error);
    }
    isPulling = false;
    eater.onSettled();
  };
  const leave = async (): Promise<void> => {
    try {
      await iterator.return?.();
    } catch (error) {
      eater.onError(error);
    }
  };
  return {
    pull() {
      if (isPulling || isDry) return;
      isPulling = true;
      void pull();
    },
    isPulling: () => isPulling,
    isDry: () => isDry,
    // Not awaited: items that wait for something answer `return` only after that, and a cancellation must not wait with them.
    close: () => { if (!isDry) void leave(); },
  };
}
