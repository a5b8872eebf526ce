import { startDvc } from '../dvc-program.ts';
import { writeGolden } from './golden.ts';
import { answersOf } from './lab.ts';
import { states } from './states.ts';

// Writes DVC's answers anew: all, or those of the states that are named.
const named = process.argv.slice(2);
const dvc = startDvc();
try {
  for (const state of states.filter(({ name }) => named.length === 0 || named.includes(name))) {
    try {
      writeGolden(state.name, await answersOf(state, { ...dvc, remembers: true }));
      process.stdout.write(`${state.name}\n`);
    } catch (error) {
      process.exitCode = 1;
      process.stdout.write(`${String(error)}\n`);
    }
  }
} finally {
  dvc.stop();
}
