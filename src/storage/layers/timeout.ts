import { TowlineError } from '../../errors.ts';
import type { Runtime } from '../../runtime.ts';
import { borrowedController, linkedController } from '../call.ts';
import { onEnd } from '../content.ts';
import type { Content } from '../driver.ts';
import { around, type Call, type Layer } from '../layer.ts';
import type { Source } from '../source.ts';
import { createWatchdog, type Watched } from './watchdog.ts';

/** How long silence may last. There is no limit to the whole: a large object takes the time it takes. */
export interface TimeoutOptions extends Pick<Runtime, 'now' | 'wait'> {
  /** Without an answer, a chunk received, or a chunk taken from the source. */
  readonly idleSeconds: number;
  /** Where the service works unseen: it copies, joins parts, deletes a batch, stores what it was sent. Default ten times `idleSeconds`. */
  readonly quietSeconds?: number;
}

/** Gives up calls and bodies that show no sign of life, with TIMEOUT, which may be retried. */
export function timeout(options: TimeoutOptions): Layer {
  const { idleSeconds, quietSeconds = idleSeconds * 10 } = options;
  const dog = createWatchdog(options, idleSeconds / 4);
  return (inner) =>
    around((call, next) => {
      const { controller, unlink } = call.verb === 'upload' ? linkedController(call.signal) : borrowedController(call.signal);
      const pending = createInterruptible();
      const watched = dog.watch(() => {
        pending.interrupt(new TowlineError('TIMEOUT', `${inner.displayUrl} showed no sign of life${during(call)}`, { retryable: true, context: { verb: call.verb } }));
        controller.abort();
      });
      const end = (): void => { watched.end(); unlink(); };
      watched.beat(answersAtOnce(call) ? idleSeconds : quietSeconds);
      // What is in memory leaves at once: there is nothing to follow.
      const source = call.source && call.source.origin?.kind !== 'memory' ? beating(call.source, watched, { idleSeconds, quietSeconds }) : undefined;
      return pending.run(next({ signal: controller.signal, ...(source && { source }) })).then((result) => {
        if (call.verb === 'read' && (result as Content).bytes === undefined) return timedContent(result as Content, { watched, idleSeconds, pending, end }) as typeof result;
        end();
        return result;
      }, (error: unknown) => {
        end();
        throw error;
      });
    })(inner);
}

function answersAtOnce({ verb }: Call): boolean {
  return verb === 'stat' || verb === 'read' || verb === 'list' || verb === 'listVersions';
}
function during({ verb, path }: Call): string {
  return ` during '${verb}'${path === undefined ? '' : ` of '${path}'`}`;
}

interface Timed { readonly watched: Watched; readonly idleSeconds: number; readonly pending: Interruptible; end(): void }

function timedContent(content: Content, timed: Timed): Content {
  timed.watched.rest();
  return onEnd({ entry: content.entry, body: timedBody(content, timed), cancel: () => { content.cancel(); } }, timed.end);
}

/** Only the wait for a chunk counts: what the reader does with it takes its own time. */
async function* timedBody(content: Content, { watched, idleSeconds, pending }: Timed): AsyncGenerator<Uint8Array> {
  const chunks = content.body[Symbol.asyncIterator]();
  let isOver = false;
  try {
    for (;;) {
      watched.beat(idleSeconds);
      const next = await pending.run(chunks.next());
      watched.rest();
      isOver = next.done === true;
      if (next.done) return;
      yield next.value;
    }
  } finally {
    if (!isOver) content.cancel();
  }
}

/** Only the time between a chunk given and the next one asked for counts: a slow source is not a silent service. */
function beating(source: Source, watched: Watched, { idleSeconds, quietSeconds }: Required<Pick<TimeoutOptions, 'idleSeconds' | 'quietSeconds'>>): Source {
  return {
    ...source,
    async *open(options) {
      watched.rest();
      try {
        for await (const chunk of source.open(options)) {
          watched.beat(idleSeconds);
          yield chunk;
          watched.rest();
        }
      } finally {
        watched.beat(quietSeconds);
      }
    },
  };
}

interface Interruptible {
  /** The promise's value, or the interruption if that comes first. */
  run<T>(promise: Promise<T>): Promise<T>;
  interrupt(error: Error): void;
}

/** One race after the other against one interruption. `Promise.race` against a long-lived promise would keep a reaction for every chunk. */
function createInterruptible(): Interruptible {
  let interruption: Error | undefined;
  let reject: (error: Error) => void = () => undefined;
  return {
    run(promise) {
      return new Promise((resolve, fail) => {
        if (interruption) fail(interruption);
        reject = fail;
        promise.then(resolve, fail);
      });
    },
    interrupt(error) {
      interruption = error;
      reject(error);
    },
  };
}
