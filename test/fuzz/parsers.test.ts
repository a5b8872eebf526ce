import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, test } from 'node:test';
import { TowlineError } from '../../src/errors.ts';
import { randomFor, seed } from '../seed.ts';
import { mutate } from './mutate.ts';
import { type Parser, parsers } from './parsers.ts';

const CASES = Number(process.env['TOW_FUZZ_CASES'] ?? 2000);

describe(`what comes from outside, damaged in ${CASES} ways each (seed ${seed})`, () => {
  for (const parser of parsers) {
    test(`${parser.name}: is read or refused with one of our own errors, in time that grows with its size`, () => {
      const random = randomFor(parser.name);
      for (const text of parser.corpus) readOrRefuse(parser, text);
      for (let count = 0; count < CASES; count++) readOrRefuse(parser, mutate(parser.corpus, random));
    });
    const { roundTrip } = parser;
    if (roundTrip) test(`${parser.name}: what is written is read as the same`, () => fc.assert(roundTrip, { seed, numRuns: Math.min(CASES, 1000) }));
  }
});

/** Our slowest parser takes 1 us a byte; one that goes back and forth takes milliseconds. */
const MICROSECONDS = { atLeast: 100_000, perCharacter: 20 };

function readOrRefuse({ parse }: Parser, text: string): void {
  const allowed = MICROSECONDS.atLeast + MICROSECONDS.perCharacter * text.length;
  const spent = Math.min(...untilFast(allowed, () => {
    try {
      parse(text);
    } catch (error) {
      if (!(error instanceof TowlineError)) assert.fail(`${JSON.stringify(text)}: ${error instanceof Error ? error.stack ?? error.message : String(error)}`);
      assert.ok(error.message.length < 2000 + 6 * text.length, `the message for ${text.length} characters has ${error.message.length}`);
    }
  }));
  assert.ok(spent <= allowed, `${spent} us for ${text.length} characters: ${JSON.stringify(text.slice(0, 2000))}`);
}

/** The time of our own process counts, and the best of three: what another process or the collector takes is not the parser's. */
function untilFast(allowed: number, work: () => void): readonly number[] {
  const times: number[] = [];
  while (times.length < 3 && (times.at(-1) ?? Number.POSITIVE_INFINITY) > allowed) {
    const before = process.cpuUsage();
    work();
    times.push(process.cpuUsage(before).user);
  }
  return times;
}
