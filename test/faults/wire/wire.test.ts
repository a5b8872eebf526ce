import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Driver } from '../../../src/storage/driver.ts';
import { applyLayers } from '../../../src/storage/layer.ts';
import { limit } from '../../../src/storage/layers/limit.ts';
import { resume } from '../../../src/storage/layers/resume.ts';
import { retry } from '../../../src/storage/layers/retry.ts';
import { timeout } from '../../../src/storage/layers/timeout.ts';
import { joinPath, parsePath } from '../../../src/storage/path.ts';
import { whyMissing } from '../../judges.ts';
import { clock } from '../../lent.ts';
import { type Started, targets } from '../../targets.ts';
import { type Elsewhere, startElsewhere } from './elsewhere.ts';
import { httpCases, rawCases } from './faults.ts';
import { hadoopWires, type WireTarget } from './hadoop-targets.ts';
import { startHttpProxy } from './http-proxy.ts';
import { operations, type OperationName, prepare } from './operations.ts';
import { judge } from './judge.ts';
import { startRawProxy } from './raw-proxy.ts';

const IDLE_SECONDS = 0.8;
/** A hang is a failure: no case may need longer, with its three tries and their silence. */
const CASE_TIMEOUT_MS = 30_000;
const AT_ONCE = 3;
const only = process.env['TOWLINE_TARGETS']?.split(',');

/** The layers of every remote; the pauses between tries are left out, the silence of a service is not. */
function layered(driver: Driver): Driver {
  const quick = { tries: 3, wait: async () => undefined, random: () => 0 };
  return applyLayers(driver, [resume(quick), retry({ ...quick, budgetSeconds: 60, now: clock.now }), limit(driver.traits.concurrency), timeout({ idleSeconds: IDLE_SECONDS, quietSeconds: IDLE_SECONDS, now: clock.now, wait: clock.wait })]);
}

const wires: readonly WireTarget[] = [...targets.flatMap(({ wire, name, judges, lacks, start }) => (wire === undefined ? [] : [{ wire, name, judges, lacks, start }])), ...hadoopWires];
// Most of the time a case waits for the end of a silence, so several storages are struck at once.
describe('behind a proxy that breaks things', { concurrency: AT_ONCE }, () => {
  for (const target of wires.filter(({ name }) => only?.includes(name) ?? true)) {
    const missing = whyMissing(...target.judges);
    if (missing !== undefined && process.env['CI'] !== 'true') it(target.name, { skip: missing }, () => undefined);
    else describe(target.name, { concurrency: 1 }, () => { strikeAll(target); });
  }
});

/** What stands between a client and the server, armed by case. */
interface Proxy { readonly port: number; arm(index: number, operation: OperationName): void; disarm(): void; struck(): number; stop(): Promise<void> }

async function proxyFor(target: WireTarget, port: number, elsewhere: number): Promise<Proxy> {
  if (target.wire === 'raw') {
    const proxy = await startRawProxy(port);
    return { ...proxy, arm: (index) => { proxy.arm(rawCases[index]?.fault, rawCases[index]?.times); }, disarm: () => { proxy.arm(undefined); } };
  }
  const proxy = await startHttpProxy(port);
  return {
    ...proxy,
    arm(index, operation) {
      const one = httpCases(elsewhere)[index];
      proxy.arm(one && { fault: one.fault, times: one.times, fits: (method) => operations[operation].method.test(method) });
    },
    disarm: () => { proxy.arm(undefined); },
  };
}

function strikeAll(target: WireTarget): void {
  let started: Started | undefined;
  let direct: Driver | undefined;
  let proxy: Proxy | undefined;
  let other: Elsewhere | undefined;
  before(async () => {
    other = await startElsewhere();
    started = await target.start();
    assert.ok(started.port, `${target.name} says no port`);
    direct = await started.open();
    proxy = await proxyFor(target, started.port, other.port);
  });
  after(async () => {
    await direct?.close?.();
    await proxy?.stop();
    await started?.stop();
    other?.stop();
  });
  const cases = target.wire === 'raw' ? rawCases : httpCases(0);
  for (const [index, one] of cases.entries()) {
    for (const operation of one.operations) {
      if (operations[operation].needs.some((verb) => target.lacks.includes(verb))) continue;
      const unnoticed = target.unnoticed?.find((skip) => skip.case === `${operation}: ${one.name}`);
      it(`${operation}: ${one.name}`, { ...(unnoticed && { skip: unnoticed.reason }), timeout: CASE_TIMEOUT_MS }, async (context) => {
        assert.ok(started && direct && proxy && other);
        const folder = joinPath(parsePath('faults'), `${index}-${operation}`);
        const { check, run } = operations[operation];
        await prepare(direct, folder);
        const driver = await started.open(proxy.port);
        other.heard.length = 0;
        proxy.arm(index, operation);
        const failure = await run(layered(driver), folder).then(() => undefined, (error: unknown) => error);
        const struck = proxy.struck();
        proxy.disarm();
        judge(failure, struck > 0 ? one : { outcome: 'success', codes: [] }, other.heard);
        // A redirect is an order of the server: what was asked of the other host is its own.
        if (other.heard.length === 0) await check?.(direct, folder, failure !== undefined);
        await driver.close?.();
        if (struck === 0) context.skip('this storage sends nothing that the fault could strike');
      });
    }
  }
}
