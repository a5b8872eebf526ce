import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { whyMissing } from '../judges.ts';
import { randomFor } from '../seed.ts';
import { tow } from '../servers/tow.ts';
import { compare, type Differing, shown } from './corpus/compare.ts';
import { readGolden } from './corpus/golden.ts';
import { type Answers, answersOf } from './corpus/lab.ts';
import { asksOf, nameOf } from './corpus/state.ts';
import { states } from './corpus/states.ts';
import { startDvc, type DvcProgram } from './dvc-program.ts';

const [STATES, ASKS] = [5, 4];
const random = randomFor('corpus');
/** Some of a list, other ones at each commit. */
const some = <T>(list: readonly T[], count: number): readonly T[] => list.map((one) => ({ one, at: random() })).sort((a, b) => a.at - b.at).slice(0, count).map(({ one }) => one);

/** Where DVC itself is not the same each time: it finds a listing and its files, or does not; and names what it fetched from an address by a hash of, among others, a time. */
const UNSTEADY = new Set(['a listing is missing on the remote, seen by a clone', 'imports from addresses without their data']);
const unmeant = (found: readonly Differing[]): readonly Differing[] => found.filter(({ because }) => because === undefined);

describe('some states of the corpus, looked at beside the running programs', { skip: whyMissing('dvc') ?? false }, () => {
  let dvc: DvcProgram;
  before(() => { dvc = startDvc(); });
  after(() => { dvc.stop(); });

  for (const state of some(states, STATES)) {
    const asked = new Set(some(asksOf(state), ASKS).map(nameOf));
    test(`${state.name}: ${[...asked].join(', ')}`, async () => {
      const theirs = await answersOf(state, { ...dvc, remembers: true }, (ask) => asked.has(ask));
      const recorded = readGolden(state.name);
      const ours = await answersOf(state, { run: tow, stop: () => undefined, remembers: false }, (ask) => asked.has(ask));

      const before: Answers = { made: theirs.made, answers: Object.fromEntries(Object.entries(recorded.answers).filter(([ask]) => asked.has(ask))) };
      // Which of several equal files DVC names comes out of its sets, and is another one each time.
      const changed = unmeant(compare(state.name, before, theirs)).filter(({ part }) => part !== 'out');
      if (!UNSTEADY.has(state.name)) assert.equal(changed.map(shown).join('\n'), '', 'DVC answers as it has');
      // Where DVC now answers in another way than before, one of its answers is ours.
      const asBefore = new Set(unmeant(compare(state.name, ours, before)).map(({ ask, part }) => `${ask} ${part}`));
      assert.equal(unmeant(compare(state.name, ours, theirs)).filter(({ ask, part }) => asBefore.has(`${ask} ${part}`)).map(shown).join('\n'), '');
    });
  }
});
