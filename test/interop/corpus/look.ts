import { compare, shown } from './compare.ts';
import { readGolden } from './golden.ts';
import { answersOf } from './lab.ts';
import { states } from './states.ts';
import { startTow } from './tow-program.ts';

// Shows where we differ from what DVC answered: in all states, or in those that are named.
const named = process.argv.slice(2);
const tow = startTow();
try {
  for (const state of states.filter(({ name }) => named.length === 0 || named.includes(name))) {
    try {
      const found = compare(state.name, await answersOf(state, tow), readGolden(state.name));
      process.stdout.write(found.filter(({ because }) => because === undefined).map((one) => `${shown(one)}\n`).join(''));
    } catch (error) {
      process.stdout.write(`${state.name}: ${String(error)}\n`);
    }
  }
} finally {
  tow.stop();
}
