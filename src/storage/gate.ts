import { abortedError, onAbort } from './call.ts';

/** What a pass through the gate takes up while it is held. */
export interface Load { readonly calls: number; readonly bytes: number }

/** Lets through what fits, first come first served, so that nobody starves. */
export interface Gate {
  /** Gives the release, at once where there is room; releasing twice is harmless. Fails with ABORTED while it waits. */
  enter(load: Load, signal?: AbortSignal): (() => void) | Promise<() => void>;
  /** Changes the room; what is inside stays inside. */
  resize(room: Load): void;
}

interface Waiting { readonly load: Load; admit(): void }

/** A gate with room for so many calls and bytes. Something larger than the room passes alone. */
export function createGate(initial: Load): Gate {
  let room = initial;
  let calls = 0;
  let bytes = 0;
  const queue = new Set<Waiting>();

  const fits = (load: Load): boolean => calls === 0 || (calls + load.calls <= room.calls && bytes + load.bytes <= room.bytes);
  const take = (load: Load): (() => void) => {
    calls += load.calls;
    bytes += load.bytes;
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      calls -= load.calls;
      bytes -= load.bytes;
      admit();
    };
  };
  const admit = (): void => {
    for (const waiting of queue) {
      if (!fits(waiting.load)) return;
      queue.delete(waiting);
      waiting.admit();
    }
  };
  return {
    enter(load, signal) {
      if (signal?.aborted === true) return Promise.reject(abortedError(signal));
      if (queue.size === 0 && fits(load)) return take(load);
      return new Promise((resolve, reject) => {
        const leave = (): void => {
          queue.delete(waiting);
          reject(abortedError(signal));
          admit();
        };
        const waiting: Waiting = {
          load,
          admit: () => { ignore?.(); resolve(take(load)); },
        };
        const ignore = signal && onAbort(signal, leave);
        queue.add(waiting);
      });
    },
    resize(next) {
      room = next;
      admit();
    },
  };
}
