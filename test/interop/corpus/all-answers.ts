import { compare, type Differing } from './compare.ts';
import { readGolden } from './golden.ts';
import { answersOf } from './lab.ts';
import type { State } from './state.ts';
import { states } from './states.ts';
import { startTow } from './tow-program.ts';

const HANDS = 2;

/** Asks our program everything, in every state, and compares with what DVC has answered. Each process of it takes the next state as soon as it is done with one. */
export async function differencesFromGolden(): Promise<readonly Differing[]> {
  const found = new Map<State, readonly Differing[]>();
  const left = [...states];
  await Promise.all(Array.from({ length: HANDS }, async () => {
    const tow = startTow();
    try {
      for (let state = left.shift(); state; state = left.shift()) found.set(state, compare(state.name, await answersOf(state, tow), readGolden(state.name)));
    } finally {
      tow.stop();
    }
  }));
  return states.flatMap((state) => found.get(state) ?? []);
}
