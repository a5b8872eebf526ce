import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { createMemoryDriver, createMemoryStore, type MemoryStore } from '../drivers/memory/index.ts';
import { hasCode } from '../errors.ts';
import type { Landing } from '../http/transport.ts';
import { type Driver, supports } from '../storage/driver.ts';
import type { Path } from '../storage/path.ts';
import { type Quick, type QuickMany, type QuickReads, type QuickWrite, withQuick } from '../storage/quick.ts';
import { Storage } from '../storage/storage.ts';
import type { Oid } from './hash-info.ts';
import { objectOfPath, objectPath } from './layout.ts';
import { createLooseObjects } from './loose.ts';
import { type Moved, moveObjects } from './move-objects.ts';
import type { ObjectDb } from './object-db.ts';
import { createOidSetBuilder, oidSet, type OidSet } from './oid-set.ts';

const textOf = (at: number, size = 100): string => `${at} `.padEnd(size, '.');
const oidOf = (text: string): Oid => createHash('md5').update(text).digest('hex') as Oid;

interface Place {
  readonly objects: ObjectDb;
  readonly store: MemoryStore;
  /** By the verbs with all their layers. */
  readonly plain: { readonly read: Oid[]; readonly written: Oid[] };
}

function place(texts: readonly string[], quick: (store: MemoryStore) => Quick): Place {
  const store = createMemoryStore('memory://', { now: () => 0 });
  for (const text of texts) store.put(objectPath('md5', oidOf(text)), Buffer.from(text));
  const memory = createMemoryDriver('memory://', { store });
  assert.ok(supports(memory, 'write'));
  const plain: Place['plain'] = { read: [], written: [] };
  const driver: Driver = {
    ...memory,
    read: async (path, options) => {
      plain.read.push(objectOfPath('md5', path) ?? assert.fail(path));
      return await memory.read(path, options);
    },
    write: async (path, source, options) => {
      plain.written.push(objectOfPath('md5', path) ?? assert.fail(path));
      return await memory.write(path, source, options);
    },
  };
  return { store, plain, objects: createLooseObjects(new Storage(withQuick(driver, quick(store))), 'md5', {}) };
}

const bytesOf = (store: MemoryStore, path: Path): Uint8Array | undefined => (store.has(path) ? store.get(path).bytes : undefined);

interface Reading { readonly answer?: (oid: Oid, bytes: Uint8Array) => Uint8Array | undefined; readonly most?: number; readonly lands?: boolean }

/** Answers one turn later, as many at once as there is room for; at `most` so many, and then it has enough. */
async function inRounds<T, R>({ next, room, take, signal }: QuickMany<T, R>, most: number, answer: (item: T) => R): Promise<void> {
  for (let asked = 0; asked < most;) {
    const round: T[] = [];
    for (; round.length < room() && asked < most; asked += 1) {
      const item = next();
      if (item === undefined) break;
      round.push(item);
    }
    await new Promise((resolve) => { setImmediate(resolve); });
    if (signal?.aborted === true || round.length === 0) return;
    for (const item of round) take(item, answer(item));
  }
}

/** Brings it to where it lands, in pieces, as far as it is there. */
function bring(bytes: Uint8Array, to: Landing, enough = bytes.byteLength): void {
  for (let at = 0; at < enough; ) {
    const memory = to.memory();
    const piece = bytes.subarray(at, Math.min(enough, at + memory.byteLength, at + 300_000));
    memory.set(piece);
    at += piece.byteLength;
    // It need not wait.
    to.came(piece.byteLength, () => undefined);
  }
}

/** Reads whatever there is. */
const reading = ({ answer = (_oid, bytes) => bytes, most = Infinity, lands = false }: Reading = {}) => (store: MemoryStore): Quick => ({
  async readMany<T extends { readonly path: Path }>(reads: QuickReads<T>): Promise<void> {
    const take = (item: T, bytes: Uint8Array | undefined): void => {
      const place = lands && bytes && bytes.byteLength > 65_536 ? reads.land?.(item, bytes.byteLength) : undefined;
      if (place && bytes) {
        bring(bytes, place);
        reads.take(item, place);
        place.leave();
        return;
      }
      const lent = bytes && Uint8Array.from(bytes);
      reads.take(item, lent);
      // The memory serves the next one.
      lent?.fill(0);
    };
    await inRounds<T, Uint8Array | undefined>({ ...reads, take }, most, ({ path }) => {
      const bytes = bytesOf(store, path);
      return bytes && answer(objectOfPath('md5', path) ?? assert.fail(path), bytes);
    });
  },
});
/** The other way round: it reads at once, and `storing` writes as `reading` reads. */
const loading = (answer: (oid: Oid, bytes: Uint8Array) => Uint8Array | undefined = (_oid, bytes) => bytes) => (store: MemoryStore): Quick => ({
  readNow(path, into) {
    const there = bytesOf(store, path);
    const bytes = there && answer(objectOfPath('md5', path) ?? assert.fail(path), there);
    if (bytes === undefined || bytes.byteLength >= into.byteLength) return undefined;
    into.set(bytes);
    return bytes.byteLength;
  },
});
const storing = ({ refused = () => false, most = Infinity }: { readonly refused?: (oid: Oid) => boolean; readonly most?: number } = {}) => (store: MemoryStore): Quick => ({
  async writeMany<T extends QuickWrite>(writes: QuickMany<T, boolean>): Promise<void> {
    await inRounds(writes, most, ({ path, bytes, md5 }) => {
      const oid = objectOfPath('md5', path) ?? assert.fail(path);
      assert.equal(md5, oid.slice(0, 32));
      if (!refused(oid)) store.put(path, Buffer.from(bytes));
      return !refused(oid);
    });
  },
});
const writing = (refused: (oid: Oid) => boolean = () => false, dropped: Path[] = []) => (store: MemoryStore): Quick => ({
  writer: () => {
    // Some are told of at once, the others later.
    const later: (() => void)[] = [];
    return {
      write(path, bytes, told) {
        const isStored = !refused(objectOfPath('md5', path) ?? assert.fail(path));
        if (isStored) store.put(path, Buffer.from(bytes));
        if (bytes.byteLength % 3 === 0) later.push(() => { told(isStored); });
        else told(isStored);
      },
      begin(path, size) {
        const pieces: Buffer[] = [];
        return {
          write: (bytes) => { pieces.push(Buffer.from(bytes)); },
          end(told) {
            const isStored = !refused(objectOfPath('md5', path) ?? assert.fail(path));
            const whole = Buffer.concat(pieces);
            assert.equal(whole.byteLength, size);
            if (isStored) store.put(path, whole);
            later.push(() => { told(isStored); });
          },
          drop: () => { dropped.push(path); },
        };
      },
      async end() {
        await new Promise((resolve) => { setImmediate(resolve); });
        for (const tell of later.splice(0)) tell();
      },
    };
  },
});

function sized(texts: readonly string[]): OidSet {
  const builder = createOidSetBuilder();
  for (const text of texts) builder.add(oidOf(text), text.length);
  return builder.build();
}

const move = async ({ from, to, ...options }: { readonly from: Place; readonly to: Place; readonly jobs?: number; readonly signal?: AbortSignal; onBytes?(bytes: number): void; onSettled?(oid: Oid): void }, wanted: OidSet): Promise<Moved> =>
  await moveObjects(from.objects, to.objects, { ...options, move: { wanted, held: oidSet([]), trees: [] } });

const texts = Array.from({ length: 300 }, (_, at) => textOf(at));
const isThere = ({ store }: Place, text: string): boolean => Buffer.from(bytesOf(store, objectPath('md5', oidOf(text))) ?? []).toString() === text;

test('small objects come without the plain verbs, large ones with them, and all are told once', async () => {
  const large = [textOf(1, (1 << 20) + 1), textOf(2, 2_000_000)];
  const exact = textOf(3, 1 << 20);
  for (const wanted of [sized([...texts, exact, ...large]), oidSet([...texts, exact, ...large].map(oidOf))]) {
    const [from, to] = [place([...texts, exact, ...large], reading()), place([], writing())];
    let told = 0;
    const settled: Oid[] = [];

    const moved = await move({ from, to, onBytes: (count) => { told += count; }, onSettled: (oid) => { settled.push(oid); } }, wanted);

    assert.deepEqual({ ...moved, failed: moved.failed.length }, { done: 303, bytes: 30_000 + 2 ** 21 + 1 + 2_000_000, failed: 0, keptBack: [] });
    for (const text of [...texts, exact, ...large]) assert.ok(isThere(to, text));
    assert.equal(told, moved.bytes);
    assert.deepEqual(settled.sort(), [...wanted.oids()]);
    assert.deepEqual(to.plain.written.sort(), large.map(oidOf).sort());
  }
});

// So many bytes are hashed together: all of the second run, but for the first 16 MiB.
for (const size of [100, 160_000]) test(`what is damaged, of another size, absent, refused or not read is left to the plain verbs, which say what it is (${size} bytes each)`, async () => {
  const texts = Array.from({ length: 300 }, (_, at) => textOf(at, size));
  const [damaged, short, absent, refused, unread] = [3, 50, 100, 150, 200].map((at) => texts[at] ?? '') as [string, string, string, string, string];
  const from = place(texts.filter((text) => text !== absent), reading({ answer(oid, bytes) {
    if (oid === oidOf(damaged)) return Buffer.from(bytes).fill('x', 5, 6);
    if (oid === oidOf(short)) return bytes.subarray(1);
    return oid === oidOf(unread) ? undefined : bytes;
  } }));
  const to = place([], writing((oid) => oid === oidOf(refused)));
  from.store.put(objectPath('md5', oidOf(damaged)), Buffer.from(`${damaged.slice(0, -1)}!`));

  const moved = await move({ from, to }, sized(texts));

  assert.equal(moved.done, 298);
  assert.deepEqual(new Map(moved.failed.map(({ oid, error }) => [oid, hasCode(error, 'CORRUPT') ? 'damaged' : hasCode(error, 'NOT_FOUND') ? 'absent' : error])), new Map([[oidOf(damaged), 'damaged'], [oidOf(absent), 'absent']]));
  for (const text of texts) assert.equal(isThere(to, text), text !== damaged && text !== absent, text);
  assert.deepEqual(to.plain.written.filter((oid) => ![damaged, short, absent, refused, unread].map(oidOf).includes(oid)), []);
});

test('upwards, too, small objects go without the plain verbs, and large ones with them', async () => {
  const large = [textOf(1, 262_145), textOf(2, 300_000)];
  const exact = textOf(3, 262_144);
  for (const wanted of [sized([...texts, exact, '', ...large]), oidSet([...texts, exact, '', ...large].map(oidOf))]) {
    const [from, to] = [place([...texts, exact, '', ...large], loading()), place([], storing())];
    let told = 0;
    const settled: Oid[] = [];

    const moved = await move({ from, to, onBytes: (count) => { told += count; }, onSettled: (oid) => { settled.push(oid); } }, wanted);

    assert.deepEqual({ ...moved, failed: moved.failed.length }, { done: 304, bytes: 30_000 + 262_144 + 262_145 + 300_000, failed: 0, keptBack: [] });
    for (const text of [...texts, exact, '', ...large]) assert.ok(isThere(to, text));
    assert.equal(told, moved.bytes);
    assert.deepEqual(settled.sort(), [...wanted.oids()]);
    assert.deepEqual(to.plain.written.sort(), large.map(oidOf).sort());
  }
});

test('upwards, what is damaged, of another size, absent, unread or refused is left to the plain verbs', async () => {
  const [damaged, short, absent, unread, refused] = [3, 50, 100, 150, 200].map((at) => texts[at] ?? '') as [string, string, string, string, string];
  const from = place(texts.filter((text) => text !== absent), loading((oid, bytes) => (oid === oidOf(short) ? bytes.subarray(1) : oid === oidOf(unread) ? undefined : bytes)));
  const to = place([], storing({ refused: (oid) => oid === oidOf(refused), most: 280 }));
  from.store.put(objectPath('md5', oidOf(damaged)), Buffer.from(`${damaged.slice(0, -1)}!`));

  const moved = await move({ from, to }, sized(texts));

  assert.equal(moved.done, 298);
  assert.deepEqual(new Map(moved.failed.map(({ oid, error }) => [oid, hasCode(error, 'CORRUPT') ? 'damaged' : hasCode(error, 'NOT_FOUND') ? 'absent' : error])), new Map([[oidOf(damaged), 'damaged'], [oidOf(absent), 'absent']]));
  for (const text of texts) assert.equal(isThere(to, text), text !== damaged && text !== absent, text);
  for (const one of [short, unread, refused]) assert.ok(to.plain.written.includes(oidOf(one)));
});

test('where the service is not as expected on the way the rest comes by the plain verbs', async () => {
  const [from, to] = [place(texts, reading({ most: 120 })), place([], writing())];

  assert.equal((await move({ from, to }, sized(texts))).done, 300);

  assert.ok(texts.every((text) => isThere(to, text)));
  assert.equal(to.plain.written.length, 180);
});

test('with a number of jobs, or where one side has no such verb, all come by the plain verbs', async () => {
  const cases = [{ from: reading(), to: writing(), jobs: 4 }, { from: () => ({}), to: writing() }, { from: reading(), to: () => ({}) }, { from: loading(), to: storing(), jobs: 4 }, { from: loading(), to: () => ({}) }, { from: () => ({}), to: storing() }];
  for (const { from, to, ...options } of cases) {
    const [source, target] = [place(texts, from), place([], to)];

    assert.equal((await move({ from: source, to: target, ...options }, sized(texts))).done, 300);
    assert.equal(target.plain.written.length, 300);
  }
});

test('when the signal fires it ends with ABORTED, and a second time all come', async () => {
  for (const [source, target] of [[reading(), writing()], [loading(), storing()]] as const) {
    const stop = new AbortController();
    const [from, to] = [place(texts, source), place([], target)];

    await assert.rejects(move({ from, to, signal: stop.signal, onBytes: () => { stop.abort(); } }, sized(texts)), (error) => hasCode(error, 'ABORTED'));
    assert.equal((await move({ from, to }, sized(texts))).done, 300);
    await assert.rejects(move({ from, to, signal: stop.signal }, sized(texts)), (error) => hasCode(error, 'ABORTED'));
  }
});

test('of larger ones fewer are asked for at once: some 32 MiB in all', async () => {
  const size = 800_000;
  const bytesOfNumber = (at: number): Uint8Array => Buffer.alloc(size, `${at} `);
  const numbers = new Map(Array.from({ length: 400 }, (_, at) => [createHash('md5').update(bytesOfNumber(at)).digest('hex') as Oid, at]));
  let most = 0;
  const from = place([], () => ({
    async readMany<T extends { readonly path: Path }>({ next, room, take }: QuickMany<T, Uint8Array | undefined>): Promise<void> {
      for (;;) {
        const round: T[] = [];
        for (let item = next(); item; item = round.length < room() ? next() : undefined) round.push(item);
        if (round.length === 0) return;
        most = Math.max(most, round.length);
        // So far away that the pace goes up.
        await wait(60);
        for (const item of round) take(item, bytesOfNumber(numbers.get(objectOfPath('md5', item.path) ?? assert.fail(item.path)) ?? assert.fail(item.path)));
      }
    },
  }));
  const to = place([], () => ({ writer: () => ({ write(_path, _bytes, told) { told(true); }, end: async () => undefined }) }));

  assert.equal((await move({ from, to }, oidSet(numbers.keys()))).done, 400);

  assert.ok(most > 32, `the pace never went up: ${most}`);
  assert.ok(most * size < 40 * 1024 * 1024, `${most} at once`);
});

const MIB = 1 << 20;
const larger = [65_537, 100_000, MIB - 1, MIB, MIB + 1, 2 * MIB, 5 * MIB + 77, 9 * MIB].flatMap((size) => [1, 2, 3].map((seed) => textOf(seed * 1000 + size, size)));

test('where bodies land, what is larger comes without the plain verbs as well, told of as it comes and in the end as a whole', async () => {
  const all = [...texts, ...larger];
  for (const wanted of [sized(all), oidSet(all.map(oidOf))]) {
    const [from, to] = [place(all, reading({ lands: true })), place([], writing())];
    let [told, most] = [0, 0];
    const settled: Oid[] = [];

    const moved = await move({ from, to, onBytes: (count) => { told += count; most = Math.max(most, told); }, onSettled: (oid) => { settled.push(oid); } }, wanted);

    assert.deepEqual([moved.done, moved.failed, to.plain.written], [all.length, [], []]);
    for (const text of all) assert.ok(isThere(to, text));
    assert.equal(told, moved.bytes);
    assert.equal(most, told, 'never more than there is');
    assert.deepEqual(settled.sort(), [...wanted.oids()]);
  }
});

test('what lands and is damaged, of another size, or refused is left to the plain verbs, and nothing of it is kept', async () => {
  const dropped: Path[] = [];
  const [damaged, damagedLarge, short, refused] = [3, 14, 17, 20].map((at) => larger[at] ?? '') as [string, string, string, string];
  const from = place(larger, reading({ lands: true, answer(oid, bytes) {
    if (oid === oidOf(damaged) || oid === oidOf(damagedLarge)) return Buffer.from(bytes).fill('x', 60_000, 60_001);
    return oid === oidOf(short) ? bytes.subarray(1) : bytes;
  } }));
  const to = place([], writing((oid) => oid === oidOf(refused), dropped));
  let told = 0;

  const moved = await move({ from, to, onBytes: (count) => { told += count; } }, sized(larger));

  assert.deepEqual([moved.done, moved.failed, told], [larger.length, [], moved.bytes]);
  for (const text of larger) assert.ok(isThere(to, text));
  assert.deepEqual(to.plain.written.sort(), [damaged, damagedLarge, short, refused].map(oidOf).sort());
  assert.deepEqual(dropped, [objectPath('md5', oidOf(damagedLarge))]);
});

test('what is given up on its way to where it lands leaves nothing, and its bytes are taken back', async () => {
  const text = textOf(1, 5 * MIB);
  const dropped: Path[] = [];
  const stop = new AbortController();
  const from = place([text], (store) => ({
    async readMany<T extends { readonly path: Path }>({ next, land }: QuickReads<T>): Promise<void> {
      const item = next() ?? assert.fail();
      const to = land?.(item, text.length) ?? assert.fail();
      bring(bytesOf(store, item.path) ?? assert.fail(), to, 3 * MIB + 5);
      stop.abort();
      to.leave();
    },
  }));
  const to = place([], writing(undefined, dropped));
  let told = 0;

  await assert.rejects(move({ from, to, signal: stop.signal, onBytes: (count) => { told += count; } }, sized([text])), (error) => hasCode(error, 'ABORTED'));
  assert.deepEqual([told, dropped, isThere(to, text)], [0, [objectPath('md5', oidOf(text))], false]);
});
