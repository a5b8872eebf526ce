import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Opening } from '../storage/definition.ts';
import { patient } from './patient.ts';

test('time stands still while somebody is asked, and goes on where it stood', async () => {
  let time = 1000;
  const answers: ((answer: string) => void)[] = [];
  const lent = { now: () => time, ask: () => new Promise<string>((resolve) => { answers.push(resolve); }) } as unknown as Opening;
  const { opening, clock } = patient(lent);
  time += 10;
  assert.equal(clock.now(), 1010);

  const [first, second] = [opening.ask?.({ text: 'a', secret: false }), opening.ask?.({ text: 'b', secret: false })];
  time += 60_000;
  assert.equal(clock.now(), 1010);
  answers[0]?.('one');
  await first;
  time += 5000;
  assert.equal(clock.now(), 1010);
  answers[1]?.('two');
  await second;

  time += 7;
  assert.equal(clock.now(), 1017);
});

test('where nobody can be asked the clock is that of the process', () => {
  const lent = { now: () => 5 } as unknown as Opening;
  assert.equal(patient(lent).clock, lent);
});
