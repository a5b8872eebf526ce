import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TowlineError } from '../../errors.ts';
import { parsePath } from '../../storage/path.ts';
import { noteMove, pastGap } from './past-gap.ts';
import type { Learned } from './server.ts';

const [path, other] = [parsePath('a/b'), parsePath('a/c')];
const learnedBy = (replacesWithGap?: boolean): Learned => ({
  profile: replacesWithGap === undefined ? undefined : { replacesWithGap } as Learned['profile'], asking: undefined, moves: true, moveCount: 0, lastMoved: [], copies: true, destination: 'url', bodyHasEtag: undefined,
});

/** Looks that find nothing as often as `during` says what happens meanwhile, then the object. Gives back how often was looked. */
async function looksOf(learned: Learned, during: readonly (() => void)[]): Promise<number | 'NOT_FOUND'> {
  let looks = 0;
  const look = async (): Promise<number> => {
    const meanwhile = during[looks];
    looks += 1;
    if (meanwhile === undefined) return looks;
    await Promise.resolve();
    meanwhile();
    throw new TowlineError('NOT_FOUND', 'it is not there');
  };
  try {
    return await pastGap({ learned, turns: new Map() }, { path, signal: undefined }, look);
  } catch (error) {
    if (error instanceof TowlineError) return 'NOT_FOUND';
    throw error;
  }
}

test('an object that was replaced while it was looked for is looked for again, as often as that happens', async () => {
  const learned = learnedBy();
  const replaced = (): void => { noteMove(learned, path); };

  assert.equal(await looksOf(learned, [replaced, replaced, replaced]), 4);
  assert.equal(await looksOf(learned, Array.from({ length: 8 }, () => replaced)), 'NOT_FOUND', 'but not for ever');
});

test('one that is not there is not looked for again because others were moved', async () => {
  const learned = learnedBy();

  assert.equal(await looksOf(learned, [() => { noteMove(learned, other); }]), 'NOT_FOUND');
  assert.equal(await looksOf(learned, [() => undefined]), 'NOT_FOUND');
});

test('where so many were moved that nobody knows which, it may have been one of them', async () => {
  const learned = learnedBy();

  assert.equal(await looksOf(learned, [() => { for (let count = 0; count < 100; count += 1) noteMove(learned, other); }]), 2);
  assert.ok(learned.lastMoved.length < 100);
});

test('a server that replaces in one step is believed', async () => {
  const learned = learnedBy(false);

  assert.equal(await looksOf(learned, [() => { noteMove(learned, path); }]), 'NOT_FOUND');
});
