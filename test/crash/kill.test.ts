import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { whyMissing } from '../judges.ts';
import { randomFor, seed } from '../seed.ts';
import { cacheOf, dataIn, discard, type Machines, partsNoted, start, startMachines, succeed } from './machines.ts';
import { type Place, places, type StartedPlace } from './places.ts';

/** How often the program is killed in all: at moments that follow from the seed. */
const KILLS = Number(process.env['TOW_KILLS'] ?? 50);

describe(`kill -9 at ${KILLS} random moments (seed ${seed}), then the same command again`, () => {
  let machines: Machines;
  before(async () => { machines = await startMachines(); });
  after(() => machines.sandbox.remove());

  for (const [at, place] of places.entries()) {
    const share = Math.floor(KILLS / 2 / places.length) + (at < Math.floor(KILLS / 2) % places.length ? 1 : 0);
    const skip = whyMissing(...place.judges);
    describe(place.name, skip === undefined ? {} : { skip }, () => {
      let started: StartedPlace;
      before(async () => { started = await place.start(); });
      after(() => started.stop());

      test(`${share} times in a push`, async () => { await killPushes(machines, { place, started, share }); });
      test(`${share} times in a pull`, async () => { await killPulls(machines, { place, started, share }); });
    });
  }

  // What goes over the wire can be counted where each part is a request of its own; that of SSH is shown in test/drivers/ssh.test.ts.
  for (const place of places.filter(({ name }) => name === 'MinIO')) {
    const skip = whyMissing(...place.judges);
    test(`an interrupted upload to ${place.name} goes on where it stopped (#108, #10643, #10644)`, skip === undefined ? {} : { skip }, async () => { await continueUpload(machines, place); });
  }
  for (const place of places.filter(({ name }) => ['MinIO', 'nginx', 'distribution'].includes(name))) {
    const skip = whyMissing(...place.judges);
    test(`an interrupted download from ${place.name} goes on where it stopped`, skip === undefined ? {} : { skip }, async () => { await continueDownload(machines, place); });
  }
});

interface Killing { readonly place: Place; readonly started: StartedPlace; readonly share: number }

async function killPushes({ sandbox, alice, connect, objects }: Machines, { place, started, share }: Killing): Promise<void> {
  const random = randomFor(`push ${place.name}`);
  const milliseconds = await lasts(async () => {
    connect(alice, started, 0);
    await succeed(sandbox, ['push', '--quiet'], alice);
  });
  assert.deepEqual(sorted(await started.objects(0)), sorted(objects));
  for (let number = 1; number <= share; number++) {
    connect(alice, started, number);
    const moment = random() * milliseconds;
    await killAfter(start(sandbox, ['push'], alice), moment);
    assertWhole(await started.objects(number), `killed after ${moment.toFixed(0)} of ${milliseconds} ms`);

    await succeed(sandbox, ['push', '--quiet'], alice);
    assert.deepEqual(sorted(await started.objects(number)), sorted(objects), `killed after ${moment.toFixed(0)} of ${milliseconds} ms and pushed again`);
    await started.remove(number);
  }
}

async function killPulls({ sandbox, alice, connect, clone, objects }: Machines, { place, started, share }: Killing): Promise<void> {
  const random = randomFor(`pull ${place.name}`);
  const fresh = (): string => {
    const folder = clone();
    connect(folder, started, 0);
    return folder;
  };
  const first = fresh();
  const milliseconds = await lasts(async () => { await succeed(sandbox, ['pull', '--quiet'], first); });
  const data = sorted(dataIn(alice));
  assert.deepEqual(sorted(dataIn(first)), data);
  discard(first);
  for (let number = 0; number < share; number++) {
    const folder = fresh();
    const moment = random() * milliseconds;
    const when = `killed after ${moment.toFixed(0)} of ${milliseconds} ms`;
    await killAfter(start(sandbox, ['pull'], folder), moment);
    assertWhole(cacheOf(folder), when);
    assertOnTheWay(dataIn(folder), new Map(data), when);

    await succeed(sandbox, ['pull', '--quiet'], folder);
    assert.deepEqual(sorted(dataIn(folder)), data, when);
    assert.deepEqual(sorted(cacheOf(folder)), sorted(objects), when);
    assert.equal(await sandbox.git(['status', '--porcelain', '--', ':!.dvc/config', ':!.dvc/towline'], { cwd: folder }), '', when);
    discard(folder);
  }
}

async function continueUpload({ sandbox, alice, connect }: Machines, place: Place): Promise<void> {
  const started = await place.start();
  try {
    const sent = async (number: number, isKilled: boolean): Promise<number> => {
      connect(alice, started, number);
      const known = partsNoted(alice);
      const running = start(sandbox, ['push', '-vv', '-j', '2', 'alone.bin'], alice);
      if (isKilled) await killWhen(running, () => partsNoted(alice) >= known + 2);
      return uploadedParts((await running.ended).stderr);
    };
    // Numbers that no push before was killed on: what such a one left in the journal would be counted.
    const whole = await sent(101, false);
    await sent(102, true);
    const rest = await sent(102, false);
    assert.ok(whole > 2 && rest <= whole - 2, `${rest} of ${whole} parts were sent again`);
    assert.deepEqual(sorted(await started.objects(102)), sorted(await started.objects(101)));
  } finally {
    await started.stop();
  }
}

async function continueDownload({ sandbox, alice, clone, connect }: Machines, place: Place): Promise<void> {
  const started = await place.start();
  const folder = clone();
  try {
    connect(alice, started, 1);
    await succeed(sandbox, ['push', '--quiet', 'alone.bin'], alice);
    connect(folder, started, 1);
    const first = start(sandbox, ['fetch', '-vv', '-j', '1', 'alone.bin'], folder);
    await killWhen(first, () => partsNoted(folder) >= 2);
    const noted = partsNoted(folder);
    const { stderr } = await succeed(sandbox, ['fetch', '-vv', 'alone.bin'], folder);
    const rest = [...stderr.matchAll(/GET \S+ 206 /g)].length;
    // 80 MiB are five parts of 16 MiB.
    assert.ok(noted >= 2 && rest <= 5 - noted, `${rest} ranges were read although ${noted} of 5 were there`);
    assertWhole(cacheOf(folder), 'in the end');
    assert.equal(cacheOf(folder).size, 1);
  } finally {
    discard(folder);
    await started.stop();
  }
}

const uploadedParts = (trace: string): number => [...trace.matchAll(/PUT \S+partNumber=\d+\S* 200 /g)].length;

async function killAfter({ child, ended }: ReturnType<typeof start>, milliseconds: number): Promise<void> {
  await Promise.race([wait(milliseconds), ended]);
  child.kill('SIGKILL');
  await ended;
}

async function killWhen({ child, ended }: ReturnType<typeof start>, isTime: () => boolean): Promise<void> {
  const state = { isOver: false };
  void ended.then(() => { state.isOver = true; });
  while (!state.isOver && !isTime()) await wait(2);
  child.kill('SIGKILL');
  const { status, signal, stdout, stderr } = await ended;
  assert.equal(signal, 'SIGKILL', `the program ended with ${String(status)} before it could be killed:\n${stdout}${stderr}`);
}

async function lasts(work: () => Promise<void>): Promise<number> {
  const since = Date.now();
  await work();
  return Date.now() - since;
}

function assertWhole(objects: ReadonlyMap<string, string>, when: string): void {
  const wrong = [...objects].filter(([path, md5]) => path.replaceAll('/', '').replace(/^.*files?md5/, '').replace('.dir', '') !== md5);
  assert.deepEqual(wrong, [], `objects whose bytes are not what their names say, ${when}`);
}

/** A workspace may lack files, and hold a folder that is to have files and has none yet; no file in it may be another than wanted. */
function assertOnTheWay(found: ReadonlyMap<string, string>, wanted: ReadonlyMap<string, string>, when: string): void {
  const isFolderOfWanted = (path: string): boolean => [...wanted.keys()].some((one) => one.startsWith(`${path}/`));
  const wrong = [...found].filter(([path, one]) => wanted.get(path) !== one && !(one === 'folder' && isFolderOfWanted(path)));
  assert.deepEqual(wrong, [], `what is in the workspace and does not belong there, ${when}`);
}

const sorted = (map: ReadonlyMap<string, string>): readonly (readonly [string, string])[] => [...map].sort(([a], [b]) => (a < b ? -1 : 1));
