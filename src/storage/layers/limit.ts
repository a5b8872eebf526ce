import { hasCode } from '../../errors.ts';
import { onEnd } from '../content.ts';
import { createGate, type Gate, type Load } from '../gate.ts';
import type { Content } from '../driver.ts';
import { around, type Call, type Layer, type Next } from '../layer.ts';

const FIRST = 32;
const ONE: Load = { calls: 1, bytes: 0 };

/**
 * Bounds the calls that are under way. A call counts until its promise settles, a read until its body is read or cancelled.
 * The bound starts at 32, doubles while the service takes it, is halved when it says RATE_LIMITED or TIMEOUT, and never exceeds `most`.
 */
export function limit(most: number): Layer {
  // Reads have a gate of their own: a write whose source is a read of the same storage would else wait for itself.
  const reads = createThrottle(most);
  const others = createThrottle(most);
  return around((call, next) => {
    const throttle = call.verb === 'read' ? reads : others;
    const release = throttle.gate.enter(ONE, call.signal);
    return typeof release === 'function' ? held(throttle, { release, call, next }) : release.then((given) => held(throttle, { release: given, call, next }));
  });
}

interface Held<T> { readonly release: () => void; readonly call: Call; readonly next: Next<T> }

/** A read holds its place until its body is over. */
function held<T>(throttle: Throttle, { release, call, next }: Held<T>): Promise<T> {
  const done = throttle.begin();
  return next().then((result) => {
    done();
    if (call.verb === 'read') return onEnd(result as Content, release) as T;
    release();
    return result;
  }, (error: unknown) => {
    done(error);
    release();
    throw error;
  });
}

interface Throttle {
  readonly gate: Gate;
  /** A call begins; what comes back is told how it ended. */
  begin(): (error?: unknown) => void;
}

/** A gate whose room follows what the service takes well. */
function createThrottle(most: number): Throttle {
  let room = Math.min(FIRST, most);
  let successes = 0;
  let hasBeenRefused = false;
  const gate = createGate({ calls: room, bytes: Infinity });
  const resize = (next: number): void => {
    successes = 0;
    room = Math.max(1, Math.min(most, next));
    gate.resize({ calls: room, bytes: Infinity });
  };
  return {
    gate,
    begin() {
      // Calls begun before the room was halved say nothing about the new room.
      const begunWith = room;
      return (error) => {
        if (error === undefined) {
          if (++successes >= room && room < most) resize(hasBeenRefused ? room + 1 : room * 2);
        } else if ((hasCode(error, 'RATE_LIMITED') || hasCode(error, 'TIMEOUT')) && begunWith <= room) {
          hasBeenRefused = true;
          resize(Math.floor(room / 2));
        }
      };
    },
  };
}
