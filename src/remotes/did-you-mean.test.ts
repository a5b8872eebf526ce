import assert from 'node:assert/strict';
import { test } from 'node:test';
import { didYouMean } from './did-you-mean.ts';

const cases: readonly (readonly [string, string | undefined])[] = [
  ['mian', "Did you mean 'main'?"], ['mai', "Did you mean 'main'?"], ['mainn', "Did you mean 'main'?"], ['endpointurI', "Did you mean 'endpointurl'?"],
  ['xyz', undefined], ['a', undefined], ['main1', "Did you mean 'main' or 'main2'?"],
];
for (const [typed, sentence] of cases) {
  test(`'${typed}': ${sentence ?? 'nothing is near'}`, () => {
    assert.equal(didYouMean(typed, typed === 'main1' ? ['main', 'main2'] : ['main', 'endpointurl', 'store']), sentence);
  });
}
