import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { nodeDisk } from '../../src/disk/node.ts';
import { createLocalDriver } from '../../src/drivers/local/driver.ts';
import { createMemoryDriver, createMemoryStore } from '../../src/drivers/memory/index.ts';
import { md5, pattern } from '../../src/storage/conformance/material.ts';
import { gather } from '../../src/storage/content.ts';
import type { Driver } from '../../src/storage/driver.ts';
import type { Call } from '../../src/storage/layer.ts';
import { parsePath } from '../../src/storage/path.ts';
import { fromBytes } from '../../src/storage/source.ts';
import { Storage } from '../../src/storage/storage.ts';
import { createJournal, type Journal, type JournalOptions } from '../../src/storage/transfer/journal.ts';
import type { Outcome, Task } from '../../src/storage/transfer/task.ts';
import { transfer } from '../../src/storage/transfer/transfer.ts';
import { temporaryFolder } from '../servers/server.ts';
import { counting, faulty } from './faulty-driver.ts';

const PART = 10_000;
const BYTES = pattern(10 * PART + 123, 9);
const PATH = parsePath('large');
const EXPECTED = { name: 'md5', value: md5(BYTES) } as const;

interface Machine {
  readonly folder: string;
  readonly warnings: string[];
  /** A process that knows only what lies on disk. */
  journal(now?: () => number, by?: Pick<JournalOptions, 'self' | 'isRunning'>): Journal;
}
function machine(): Machine {
  const folder = join(temporaryFolder('journal'), 'not there yet/journal');
  const warnings: string[] = [];
  return { folder, warnings, journal: (now = Date.now, by = {}) => createJournal(folder, { ...by, disk: nodeDisk, now, warn: ({ text }) => { warnings.push(text); } }) };
}
/** A source that counts what is read of it. */
function counted(): { readonly task: Task; read(): number } {
  let read = 0;
  const inner = fromBytes(BYTES);
  return {
    read: () => read,
    task: { to: PATH, expected: EXPECTED, source: { size: BYTES.byteLength, async *open(options) {
      for await (const chunk of inner.open(options)) {
        for (let at = 0; at < chunk.byteLength; at += 1_000) {
          const piece = chunk.subarray(at, at + 1_000);
          read += piece.byteLength;
          yield piece;
        }
      }
    } } },
  };
}
async function run(target: Driver, task: Task, options: { readonly journal?: Journal; readonly signal?: AbortSignal; readonly onBytes?: (task: Task, bytes: number) => void }): Promise<Outcome | undefined> {
  for await (const outcome of transfer(new Storage(target), [task], { partThreshold: 1, jobs: 2, ...options })) return outcome;
  return undefined;
}
/** Moves until `bytes` have passed, then does no more: what kill -9 leaves. Nothing is given up, noted or cleaned, because the process is gone. */
async function killedAfter(bytes: number, target: Driver, { task, journal }: { readonly task: Task; readonly journal: Journal }): Promise<void> {
  let moved = 0;
  let isDead = false;
  const dead = async (): Promise<never> => await new Promise(() => undefined);
  const mortal: Journal = {
    find: (key) => journal.find(key),
    save: (key, entry) => { if (!isDead) journal.save(key, entry); },
    forget: (key) => { if (!isDead) journal.forget(key); },
  };
  await new Promise<void>((resolve, reject) => {
    const killing: Task = { ...task, source: { ...task.source, async *open(options) {
      for await (const chunk of task.source.open(options)) {
        moved += chunk.byteLength;
        if (moved > bytes) {
          isDead = true;
          setImmediate(resolve);
          await dead();
        }
        yield chunk;
      }
    } } };
    // What was under way beside it may still arrive: as in a network, where a request outlives its sender.
    run(target, killing, { journal: mortal }).then(() => { reject(new Error('it ended before it was killed')); }, reject);
  });
}

describe('an upload in parts that was killed', () => {
  for (const bytes of [1, PART, 3 * PART + 17, 6 * PART, 9 * PART + 5_000]) {
    it('what another process is in the middle of is left alone, until it has ended or is silent for long', () => {
    const { journal } = machine();
    const key = { target: 'place', path: PATH, size: BYTES.byteLength, expected: EXPECTED };
    const entry = (token: string) => ({ token, partSize: PART, parts: [] });
    const seenBy = (pid: number, { host = 'here', minutes = 0, alive = true } = {}): Journal => journal(() => Date.now() + minutes * 60_000, { self: { host, pid }, isRunning: () => alive });
    seenBy(1).save(key, entry('first'));

    seenBy(2).save(key, entry('second'));
    seenBy(2).forget(key);

    assert.equal(seenBy(1).find(key)?.token, 'first');
    for (const [other, found] of [
      [seenBy(2), undefined], [seenBy(2, { alive: false }), 'first'], [seenBy(2, { minutes: 59 }), undefined], [seenBy(2, { minutes: 61 }), 'first'],
      [seenBy(2, { host: 'there', alive: false, minutes: 9 }), undefined], [seenBy(2, { host: 'there', minutes: 11 }), 'first'], [journal(), 'first'],
    ] as const) assert.equal(other.find(key)?.token, found);
    seenBy(2, { alive: false }).save(key, entry('second'));
    assert.equal(seenBy(2).find(key)?.token, 'second');
  });

  it(`goes on in the next process after ${bytes} bytes, and the object is whole`, async () => {
      const { journal, folder, warnings } = machine();
      const store = createMemoryStore('memory://target', { now: Date.now });
      const open = (): Driver => createMemoryDriver('memory://target', { store, partSize: PART });
      const { task } = counted();
      await killedAfter(bytes, open(), { task: { ...task, source: { ...task.source, origin: { kind: 'file', path: '/not/used' } } }, journal: journal() });
      assert.equal(store.has(PATH), false);
      const held = [...store.uploads.values()][0]?.parts.size ?? 0;
      const counts = new Map<Call['verb'], number>();

      const outcome = await run(counting(counts)(open()), task, { journal: journal() });

      assert.equal(outcome?.error, undefined);
      assert.equal(md5(store.get(PATH).bytes), EXPECTED.value);
      assert.equal(store.uploads.size, 0, 'an upload was left open at the service');
      assert.deepEqual(readdirSync(folder), []);
      assert.deepEqual(warnings, []);
      assert.ok(held > 0 || bytes < 5 * PART, 'the test killed it before anything was there to go on with');
      assert.equal(counts.get('send'), 11 - held, `${held} parts were there`);
    });
  }

  it('begins anew when the service has forgotten it', async () => {
    const { journal, folder } = machine();
    const store = createMemoryStore('memory://target', { now: Date.now });
    const open = (): Driver => createMemoryDriver('memory://target', { store, partSize: PART });
    await killedAfter(5 * PART, open(), { task: counted().task, journal: journal() });
    store.uploads.clear();

    const outcome = await run(open(), counted().task, { journal: journal() });

    assert.equal(outcome?.error, undefined);
    assert.equal(md5(store.get(PATH).bytes), EXPECTED.value);
    assert.deepEqual(readdirSync(folder), []);
  });

  it('keeps what a failure left, and gives it up without a journal', async () => {
    for (const isKept of [true, false]) {
      const { journal } = machine();
      const store = createMemoryStore('memory://target', { now: Date.now });
      const driver = faulty([{ at: 'send', do: 'fail', on: ({ args }) => (args[0] as { number: number }).number === 6 }])(createMemoryDriver('memory://target', { store, partSize: PART }));

      const outcome = await run(driver, counted().task, isKept ? { journal: journal() } : {});

      assert.equal(outcome?.how, 'failed');
      assert.equal(store.uploads.size, isKept ? 1 : 0);
    }
  });
});

describe('a download that was killed', () => {
  const prepare = async (): Promise<Machine & { readonly target: string; open(): Driver }> => {
    const target = join(temporaryFolder('download'), 'target');
    mkdirSync(target);
    const open = (): Driver => {
      const inner = createLocalDriver(target, { disk: nodeDisk, platform: process.platform });
      return { ...inner, upload: async (...args) => {
        assert.ok(inner.upload);
        return Object.create(await inner.upload(...args), { partSize: { value: PART, enumerable: true } });
      } };
    };
    return { ...machine(), target, open };
  };

  it('goes on where it stopped, and reads only the rest', async () => {
    const { journal, open, target, folder } = await prepare();
    const first = counted();
    await killedAfter(6 * PART, open(), { task: first.task, journal: journal() });
    const second = counted();

    const outcome = await run(open(), second.task, { journal: journal() });

    assert.equal(outcome?.error, undefined);
    assert.equal(md5(readFileSync(join(target, 'large'))), EXPECTED.value);
    assert.deepEqual(readdirSync(target), ['large']);
    assert.deepEqual(readdirSync(folder), []);
    assert.ok(second.read() <= BYTES.byteLength - 4 * PART, `${second.read()} bytes were read again`);
  });

  it('does not trust what has gathered: a damaged part is found, and the object fetched anew', async () => {
    const { journal, open, target } = await prepare();
    await killedAfter(6 * PART, open(), { task: counted().task, journal: journal() });
    const unfinished = readdirSync(target).find((name) => statSync(join(target, name)).size >= PART) ?? '';
    const bytes = readFileSync(join(target, unfinished));
    bytes[1_234] = (bytes[1_234] ?? 0) ^ 1;
    writeFileSync(join(target, unfinished), bytes);

    const outcome = await run(open(), counted().task, { journal: journal() });

    assert.equal(outcome?.error, undefined);
    assert.equal(outcome?.bytes, BYTES.byteLength);
    assert.equal(md5(readFileSync(join(target, 'large'))), EXPECTED.value);
    assert.deepEqual(readdirSync(target), ['large']);
  });
});

describe('the journal', () => {
  const key = { target: 'memory://target', path: PATH, size: BYTES.byteLength, expected: EXPECTED };
  const entry = { token: 'the secret', partSize: PART, parts: [{ number: 1, start: 0, end: PART, tag: 'a' }] };

  it('keeps its entries to their owner', () => {
    const { journal, folder } = machine();
    journal().save(key, entry);

    const [name = ''] = readdirSync(folder);

    assert.equal(statSync(join(folder, name)).mode & 0o777, 0o600);
    assert.equal(statSync(folder).mode & 0o777, 0o700);
    assert.match(name, /^[0-9a-f]{64}\.json$/);
  });

  it('gives back what was saved, and nothing for other bytes or another place', () => {
    const { journal } = machine();
    journal().save(key, entry);

    const found = journal().find(key);

    assert.deepEqual(found && { token: found.token, partSize: found.partSize, parts: found.parts }, entry);
    for (const other of [{ ...key, size: 5 }, { ...key, path: parsePath('other') }, { ...key, target: 'memory://other' }, { ...key, expected: { ...EXPECTED, value: md5(pattern(1)) } }]) assert.equal(journal().find(other), undefined);
  });

  it('ignores a damaged entry with a warning that holds no secret, and the transfer goes on', async () => {
    const damages: readonly ((text: string) => string)[] = [
      () => '', () => 'null', () => '[]', (text) => text.slice(0, 40), (text) => text.replace('"number":1', '"number":-1'), (text) => text.replace('"format":1', '"format":2'),
      (text) => text.replace('"token":"the secret"', '"token":5'), (text) => text.replace(`"partSize":${PART}`, '"partSize":0'), (text) => text.replace('"end":10000', '"end":1e300'), () => '\u0000\ufffd',
    ];
    for (const damage of damages) {
      const { journal, folder, warnings } = machine();
      journal().save(key, entry);
      const file = join(folder, readdirSync(folder)[0] ?? '');
      writeFileSync(file, damage(readFileSync(file, 'utf8')));
      const driver = createMemoryDriver('memory://target', { partSize: PART });

      const outcome = await run(driver, counted().task, { journal: journal() });

      assert.equal(outcome?.error, undefined);
      assert.equal(md5(await gather((await driver.read(PATH)).body, 1 << 20)), EXPECTED.value);
      assert.ok(warnings.length > 0, `nothing was said of ${JSON.stringify(damage('{"token":"the secret"}'))}`);
      assert.ok(warnings.every((text) => !text.includes('the secret')));
      assert.deepEqual(readdirSync(folder), []);
    }
  });

  it('forgets what is older than a week', () => {
    const { journal, folder } = machine();
    journal(() => 1_000).save(key, entry);
    const later = (): number => 1_000 + 8 * 86_400_000;

    assert.equal(journal(later).find(key), undefined);
    assert.deepEqual(readdirSync(folder), []);
  });

  it('that cannot be written costs a warning, not the transfer', async () => {
    const { folder, warnings, journal } = machine();
    mkdirSync(dirname(folder));
    writeFileSync(folder, 'a file where the folder should be');

    const outcome = await run(createMemoryDriver('memory://target', { partSize: PART }), counted().task, { journal: journal() });

    assert.equal(outcome?.error, undefined);
    assert.ok(warnings.length > 0);
  });
});
