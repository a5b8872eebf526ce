import { hasCode, TowlineError } from '../../errors.ts';
import { type CallEnd, type Concurrency, fixedConcurrency } from '../concurrency.ts';
import { onEnd } from '../content.ts';
import { createGate, type Gate, type Load } from '../gate.ts';
import type { Content, ReadOptions } from '../driver.ts';
import { around, type Call, type Layer, type Next } from '../layer.ts';

const ONE: Load = { calls: 1, bytes: 0 };

/** Bounds the calls that are under way: to a number, or to as many as a concurrency says at the time. A call counts until its promise settles, a read until its body is read or cancelled. */
export function limit(calls: number | (() => Concurrency)): Layer {
  const concurrency = typeof calls === 'number' ? () => fixedConcurrency(calls) : calls;
  // Reads have a gate of their own: a write whose source is a read of the same storage would else wait for itself.
  const reads = createLimited(concurrency());
  const others = createLimited(concurrency());
  return around((call, next) => {
    const limited = call.verb === 'read' ? reads : others;
    const release = limited.gate.enter(ONE, call.signal);
    return typeof release === 'function' ? held(limited, { release, call, next }) : release.then((given) => held(limited, { release: given, call, next }));
  });
}

interface Held<T> { readonly release: () => void; readonly call: Call; readonly next: Next<T> }

/** A read holds its place until its body is over. */
function held<T>(limited: Limited, { release, call, next }: Held<T>): Promise<T> {
  const ended = limited.begin();
  const end = (how: CallEnd): void => {
    ended(how);
    release();
  };
  return next().then((result) => {
    if (call.verb !== 'read') {
      end({ kind: 'done', bytes: call.source?.size ?? 0 });
      return result;
    }
    const content = result as Content;
    return onEnd(content, (error) => { end(error === undefined ? { kind: 'done', bytes: sizeOf(content, call) } : endOf(error)); }) as T;
  }, (error: unknown) => {
    end(endOf(error));
    throw error;
  });
}

function sizeOf({ entry, bytes }: Content, { args }: Call): number {
  const { start = 0, end = entry.size ?? 0 } = (args[1] as ReadOptions | undefined) ?? {};
  return bytes?.byteLength ?? Math.max(0, end - start);
}

/** 503 is said by services that have too much to do, and by some that are down: to ask less of them is right in both cases. */
function endOf(error: unknown): CallEnd {
  const isOverloaded = error instanceof TowlineError && error.context['status'] === 503;
  return { kind: isOverloaded || hasCode(error, 'RATE_LIMITED') || hasCode(error, 'TIMEOUT') ? 'refused' : 'failed' };
}

interface Limited extends Pick<Concurrency, 'begin'> { readonly gate: Gate }

/** A gate whose room follows what the concurrency says. */
function createLimited(concurrency: Concurrency): Limited {
  let room = concurrency.room();
  const gate = createGate({ calls: room, bytes: Infinity });
  return {
    gate,
    begin() {
      const ended = concurrency.begin();
      return (end) => {
        ended(end);
        const next = concurrency.room();
        if (next === room) return;
        room = next;
        gate.resize({ calls: room, bytes: Infinity });
      };
    },
  };
}
