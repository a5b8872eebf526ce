import { hasCode } from '../../errors.ts';
import { onEnd } from '../content.ts';
import { createGate, type Gate, type Load } from '../gate.ts';
import { around, type Layer } from '../layer.ts';

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
  return (inner) => ({
    ...around(async (call, next) => {
      const release = await others.gate.enter(ONE, call.signal);
      try {
        return await others.watch(next);
      } finally {
        release();
      }
    })(inner),
    async read(path, options) {
      const release = await reads.gate.enter(ONE, options?.signal);
      try {
        return onEnd(await reads.watch(async () => await inner.read(path, options)), release);
      } catch (error) {
        release();
        throw error;
      }
    },
  });
}

/** A gate whose room follows what the service takes well. */
function createThrottle(most: number): { readonly gate: Gate; watch<T>(next: () => Promise<T>): Promise<T> } {
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
    async watch(next) {
      // Calls begun before the room was halved say nothing about the new room.
      const begunWith = room;
      try {
        const result = await next();
        if (++successes >= room && room < most) resize(hasBeenRefused ? room + 1 : room * 2);
        return result;
      } catch (error) {
        if ((hasCode(error, 'RATE_LIMITED') || hasCode(error, 'TIMEOUT')) && begunWith <= room) {
          hasBeenRefused = true;
          resize(Math.floor(room / 2));
        }
        throw error;
      }
    },
  };
}
