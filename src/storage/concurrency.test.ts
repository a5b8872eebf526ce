import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Concurrency, adaptiveConcurrency, fixedConcurrency } from './concurrency.ts';

/** A service: so many calls are worked on at once for so long, the others wait in a queue; the way there and back takes its time. */
interface Service {
  readonly slots: number;
  readonly workMs: number;
  readonly latencyMs: number;
  /** More than so many calls at once are refused. */
  readonly refusesAbove?: number;
}
interface Simulated { readonly rooms: readonly number[]; readonly done: number; readonly refused: number; readonly mostUnderWay: number }

/** A clock, a service and callers who always want more: no time passes but that of the events. */
function createSimulation(make: (now: () => number) => Concurrency): { run(service: Service, given: { readonly seconds: number; readonly demand: number }): Simulated } {
  let time = 0;
  let chance = 1;
  const concurrency = make(() => time);
  const events: { readonly at: number; act(): void }[] = [];
  const after = (milliseconds: number, act: () => void): void => {
    const event = { at: time + milliseconds, act };
    const place = events.findIndex((other) => other.at > event.at);
    if (place < 0) events.push(event);
    else events.splice(place, 0, event);
  };
  /** From 0.7 to 1.3, the same in every run. */
  const jitter = (): number => {
    chance = (chance * 48_271) % 2_147_483_647;
    return 0.7 + (0.6 * chance) / 2_147_483_647;
  };
  let underWay = 0;
  let busy = 0;
  const queue: (() => void)[] = [];
  return {
    run(service, { seconds, demand }) {
      const end = time + seconds * 1000;
      const seen = { rooms: [] as number[], done: 0, refused: 0, mostUnderWay: 0 };
      const call = (): void => {
        underWay += 1;
        seen.mostUnderWay = Math.max(seen.mostUnderWay, underWay);
        const ended = concurrency.begin();
        const finish = (kind: 'done' | 'refused'): void => {
          underWay -= 1;
          seen[kind] += 1;
          ended(kind === 'done' ? { kind, bytes: 4096 } : { kind });
          fill();
        };
        const work = (): void => {
          busy += 1;
          after(service.workMs * jitter(), () => {
            busy -= 1;
            queue.shift()?.();
            after(service.latencyMs / 2, () => { finish('done'); });
          });
        };
        if (underWay > (service.refusesAbove ?? Infinity)) after(service.latencyMs, () => { finish('refused'); });
        else after(service.latencyMs / 2, () => { if (busy < service.slots) work(); else queue.push(work); });
      };
      const fill = (): void => { while (time < end && underWay < Math.min(demand, concurrency.room())) call(); };
      fill();
      for (let next = events.shift(); next; next = events.shift()) {
        time = next.at;
        next.act();
        if (time < end) seen.rooms.push(concurrency.room());
      }
      return seen;
    },
  };
}

const late = (rooms: readonly number[]): readonly number[] => rooms.slice(Math.floor(rooms.length / 2));
const mean = (numbers: readonly number[]): number => numbers.reduce((sum, one) => sum + one, 0) / numbers.length;
const adaptive = (most: number) => (now: () => number) => adaptiveConcurrency({ most, now });
/** What a service can do in a second, and with how many at once it is reached. */
const bestOf = ({ slots, workMs, latencyMs }: Service): { readonly perSecond: number; readonly calls: number } => ({ perSecond: (slots / workMs) * 1000, calls: (slots * (latencyMs + workMs)) / workMs });

for (const [name, service] of Object.entries<Service>({
  'a far service that does 200 at once': { slots: 100, workMs: 20, latencyMs: 20 },
  'a service that does 50 at once': { slots: 25, workMs: 20, latencyMs: 20 },
  'a near service that does 8 at once': { slots: 4, workMs: 10, latencyMs: 10 },
  'a very far service': { slots: 40, workMs: 40, latencyMs: 160 },
})) {
  test(`${name} gets about as many as serve it best`, () => {
    const best = bestOf(service);

    const { rooms, done, mostUnderWay } = createSimulation(adaptive(512)).run(service, { seconds: 20, demand: 1000 });

    const room = mean(late(rooms));
    assert.ok(room > best.calls * 0.6 && room < Math.max(best.calls * 2.2, 40), `${room.toFixed(0)} at once, where ${best.calls} are best`);
    assert.ok(done > best.perSecond * 20 * 0.8, `${done} done, where ${best.perSecond * 20} can be`);
    assert.ok(mostUnderWay <= 512);
  });
}

test('the bound is kept, and reached in no time by a service that takes more', () => {
  const { rooms, mostUnderWay } = createSimulation(adaptive(256)).run({ slots: 1000, workMs: 20, latencyMs: 20 }, { seconds: 3, demand: 1000 });

  assert.equal(mostUnderWay, 256);
  const calls = rooms.findIndex((room) => room === 256);
  assert.ok(calls >= 0 && calls < 2500, `256 at once after ${calls} events`);
});

test('fewer callers than room teach nothing, and nothing changes', () => {
  const { rooms } = createSimulation(adaptive(512)).run({ slots: 100, workMs: 20, latencyMs: 20 }, { seconds: 5, demand: 10 });

  assert.deepEqual([...new Set(rooms)], [32]);
});

test('callers who add more by and by find room for it', () => {
  const simulation = createSimulation(adaptive(512));
  const service = { slots: 1000, workMs: 20, latencyMs: 60 };

  const seen = [16, 32, 64, 128, 256].map((demand) => simulation.run(service, { seconds: 0.5, demand }));

  assert.deepEqual(seen.map(({ mostUnderWay }) => mostUnderWay), [16, 32, 64, 128, 256]);
});

test('a service that refuses too many gets fewer, does most of what it can, and refuses little (#2473)', () => {
  const { rooms, done, refused } = createSimulation(adaptive(256)).run({ slots: 100, workMs: 20, latencyMs: 20, refusesAbove: 20 }, { seconds: 20, demand: 1000 });

  assert.ok(mean(late(rooms)) > 9 && mean(late(rooms)) <= 21, String(mean(late(rooms))));
  assert.ok(done > 20 * 500 * 0.6, `${done} done, where ${20 * 500} can be`);
  assert.ok(refused < done * 0.05, `${refused} refused`);
});

test('what was taken back comes again when the service recovers', () => {
  const simulation = createSimulation(adaptive(256));
  const well = { slots: 100, workMs: 20, latencyMs: 20 };
  const before = mean(late(simulation.run(well, { seconds: 5, demand: 1000 }).rooms));

  const during = mean(late(simulation.run({ ...well, refusesAbove: 8 }, { seconds: 10, demand: 1000 }).rooms));
  const after = mean(late(simulation.run(well, { seconds: 30, demand: 1000 }).rooms));

  assert.ok(during <= 9, String(during));
  assert.ok(after > before * 0.6, `${after} after, ${before} before`);
});

test('a service that refuses everything is asked by one at a time, never by none', () => {
  const { rooms, mostUnderWay } = createSimulation(adaptive(256)).run({ slots: 10, workMs: 20, latencyMs: 20, refusesAbove: 0 }, { seconds: 10, demand: 1000 });

  assert.equal(rooms.at(-1), 1);
  assert.equal(mostUnderWay, 32);
});

test('a fixed number stays, whatever the service says', () => {
  for (const refusesAbove of [undefined, 5]) {
    const { rooms, mostUnderWay } = createSimulation(() => fixedConcurrency(12)).run({ slots: 100, workMs: 20, latencyMs: 20, ...(refusesAbove !== undefined && { refusesAbove }) }, { seconds: 2, demand: 1000 });

    assert.deepEqual([[...new Set(rooms)], mostUnderWay], [[12], 12]);
  }
});
