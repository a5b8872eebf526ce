import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { cases, runCase } from '../../src/storage/conformance/index.ts';
import { type Driver, type OptionalVerb, supports, VERBS } from '../../src/storage/driver.ts';
import { joinPath, parsePath } from '../../src/storage/path.ts';
import { whyMissing } from '../judges.ts';
import { type Started, type Target, targets } from '../targets.ts';
import { stackings } from './stackings.ts';

const CASE_TIMEOUT_MS = 60_000;
const AT_ONCE = 3;
const only = process.env['TOWLINE_TARGETS']?.split(',');

// Each storage has a server of its own, and some of them let one wait: several are looked at at once.
describe('conformance', { concurrency: AT_ONCE }, () => {
  for (const target of targets.filter(({ name }) => only?.includes(name) ?? true)) {
    const missing = whyMissing(...target.judges);
    // In CI a judge that is missing would be a promise that nobody looks at.
    if (missing !== undefined && process.env['CI'] !== 'true') it(target.name, { skip: missing }, () => undefined);
    else for (const [stacking, stack] of Object.entries(stackings)) describe(`${target.name}, ${stacking}`, { concurrency: 1 }, () => { conform(target, stack); });
  }
});

function conform(target: Target, stack: (driver: Driver) => Driver): void {
  let started: Started | undefined;
  let driver: Driver | undefined;
  const open = async (): Promise<Driver> => {
    assert.ok(started);
    return stack(await started.open());
  };
  before(async () => {
    started = await target.start();
    driver = await open();
  });
  after(async () => {
    await driver?.close?.();
    await started?.stop();
  });

  it('has the verbs of its protocol, no more and no fewer', () => {
    assert.ok(driver);
    const lacks = VERBS.filter((verb): verb is OptionalVerb => verb !== 'stat' && verb !== 'read' && driver !== undefined && !supports(driver, verb));
    assert.deepEqual(lacks.sort(), [...target.lacks].sort());
  });
  it('names only cases that exist in its skips', () => {
    const names = new Set(cases.map((one) => one.name));
    assert.deepEqual(target.skips.filter((skip) => !names.has(skip.case)), []);
  });
  for (const [index, one] of cases.entries()) {
    it(one.name, { timeout: CASE_TIMEOUT_MS }, async (context) => {
      assert.ok(driver);
      const others: Driver[] = [];
      const reopen = async (): Promise<Driver> => {
        const other = await open();
        others.push(other);
        return other;
      };
      // Run even where it is listed, so that a skip whose reason has gone is noticed.
      const result = await runCase(driver, one, { now: Date.now, reopen, folder: joinPath(parsePath('scratch'), `case-${index}`) });
      for (const other of others) await other.close?.();
      const known = target.skips.find((skip) => skip.case === one.name);
      if (result.outcome === 'passed') return assert.ok(known === undefined || known.isRace === true, `it passes, but is listed as skipped: ${known?.reason}`);
      if (known) return context.skip(known.reason);
      if (result.outcome === 'failed') throw result.error;
      assert.ok(one.needs.some((verb) => target.lacks.includes(verb)), `it is skipped, and nothing in the target says so: ${result.reason}`);
      context.skip(result.reason ?? '');
    });
  }
}
