import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TowlineError } from '../errors.ts';
import { abortedError } from '../storage/call.ts';
import type { Opening } from '../storage/definition.ts';
import { fromBytes, parsePath } from '../storage/index.ts';
import { createVirtualClock } from '../../test/virtual-clock.ts';
import { type Bandwidth, createBandwidth } from '../storage/bandwidth.ts';
import { parseRate } from '../storage/rate.ts';
import { buildConfig } from './config.ts';
import { findRemote } from './find-remote.ts';
import { type ConfigFile, configFiles } from './levels.ts';
import { openRemote } from './open.ts';
import type { Remote } from './remote.ts';

const runtime = { env: {}, home: '/home/ann', platform: 'linux' };

function remoteOf(...lines: readonly string[]): Remote {
  const text = `['remote "r"']\n${lines.map((line) => `    ${line}\n`).join('')}`;
  const config = buildConfig(new Map(configFiles(runtime, '/r').map((file): [ConfigFile, string | undefined] => [file, file.display === '.dvc/towline' ? text : undefined])), { runtime, root: '/r' });
  return findRemote(config, 'r');
}

function opening(heard: { readonly warnings: string[]; readonly lines: string[] }): Opening {
  return {
    ...runtime, processors: 2, now: () => 0, randomBytes: (size) => new Uint8Array(size),
    wait: async (_milliseconds, signal) => await new Promise((_resolve, reject) => { signal?.addEventListener('abort', () => { reject(abortedError(signal)); }); }),
    warn: ({ text }) => heard.warnings.push(text), trace: (line) => heard.lines.push(line),
    connect: () => { throw new Error('no test of this file goes to the net'); },
  };
}
const listening = (): { readonly warnings: string[]; readonly lines: string[] } => ({ warnings: [], lines: [] });

test('a remote is opened by its scheme, with all layers around it', async () => {
  const heard = listening();

  const place = await openRemote(remoteOf('url = memory://open-test'), opening(heard));

  assert.ok(place.kind === 'storage');
  const driver = place.storage.require('write');
  await driver.write(parsePath('a'), fromBytes(new Uint8Array([1])));
  assert.equal((await driver.stat(parsePath('a'))).size, 1);
  assert.deepEqual(heard.lines, ['write a on memory://open-test: done, 0 ms', 'stat a on memory://open-test: done, 0 ms']);
});

test('a read-only remote cannot write', async () => {
  const place = await openRemote(remoteOf('url = memory://open-test-2', 'read_only = true'), opening(listening()));

  assert.ok(place.kind === 'storage');
  assert.throws(() => place.storage.require('write'), { code: 'UNSUPPORTED' });
});

test('all faults are named at once, each with the remote and its place', async () => {
  await assert.rejects(openRemote({ ...remoteOf('url = s3://bucket'), settings: remoteWith('use_ssl = yes', 'nosuch = 1').settings }, opening(listening())), {
    code: 'INVALID_CONFIG',
    message: "config file error: remote 'r' (.dvc/towline:3): use_ssl: expected true or false, got 'yes'\nremote 'r' (.dvc/towline:4): unknown option 'nosuch'",
  });
});

test('a service without a driver is named, and its URL shows no password', async () => {
  await assert.rejects(openRemote({ ...remoteOf('url = s3://bucket'), url: 'nosuch://ann:pw@host' }, opening(listening())), { code: 'UNSUPPORTED', message: "remote 'r': nosuch:// is not supported by this version (nosuch://ann:***@host)" });
});

test('a key without effect is warned of once', async () => {
  const heard = listening();

  await openRemote(remoteOf('url = s3://bucket', 'no_traverse = true', 'region = eu'), opening(heard));

  assert.equal(heard.warnings.length, 1);
  assert.match(heard.warnings[0] ?? '', /^remote 'r' \(\.dvc\/towline:3\): 'no_traverse' is accepted and ignored/);
});

test('jobs is how many calls are under way at once', async () => {
  const [heard, waiting]: [ReturnType<typeof listening>, (() => void)[]] = [listening(), []];
  const send = async (): Promise<never> => {
    await new Promise<void>((resolve) => { waiting.push(resolve); });
    throw new TowlineError('NOT_FOUND', 'it is not there');
  };
  const place = await openRemote(remoteOf('url = http://host/x', 'jobs = 3'), { ...opening(heard), connect: () => ({ send }) });
  assert.ok(place.kind === 'storage');
  const { storage } = place;
  const calls = Array.from({ length: 8 }, async (_, index) => { await assert.rejects(storage.driver.stat(parsePath(`a${index}`)), { code: 'NOT_FOUND' }); });

  const atOnce: number[] = [];
  for (let done = 0; done < 8; ) {
    await new Promise((resolve) => { setImmediate(resolve); });
    atOnce.push(waiting.length);
    for (const go of waiting.splice(0)) { done += 1; go(); }
  }
  await Promise.all(calls);

  assert.equal(Math.max(...atOnce), 3);
});

function remoteWith(...lines: readonly string[]): Remote {
  return remoteOf('url = s3://bucket', ...lines);
}

/** Seconds until 100 KiB have been written to each of the remotes at once, one after the other on each. */
async function secondsToWrite(text: string, { asked, names }: { readonly asked?: string; readonly names: readonly string[] }): Promise<number> {
  const clock = createVirtualClock();
  const bandwidth: Bandwidth = createBandwidth(clock, asked === undefined ? undefined : parseRate(asked));
  const config = buildConfig(new Map(configFiles(runtime, '/r').map((file): [ConfigFile, string | undefined] => [file, file.display === '.dvc/towline' ? text : undefined])), { runtime, root: '/r' });
  const begin = clock.now();
  await clock.until(Promise.all(names.map(async (name) => {
    const place = await openRemote(findRemote(config, name), { ...opening(listening()), ...clock, bandwidth });
    assert.ok(place.kind === 'storage');
    for (let index = 0; index < 10; index++) await place.storage.require('write').write(parsePath(`object-${index}`), fromBytes(new Uint8Array(10_240)));
  })));
  return (clock.now() - begin) / 1000;
}

const TWO_REMOTES = (core: string, own: string): string => `[core]\nlimit_rate = ${core}\n['remote "a"']\nurl = memory://rate-a\n['remote "b"']\nurl = memory://rate-b\nlimit_rate = ${own}\n['remote "c"']\nurl = memory://rate-c\n`;

for (const [what, { core, own, asked, names, seconds }] of Object.entries<{ readonly core: string; readonly own: string; readonly asked?: string; readonly names: readonly string[]; readonly seconds: number }>({
  'the limit of core is one for all remotes together': { core: '10k', own: 'off', names: ['a', 'c'], seconds: 20 },
  'a remote with a limit of its own does not draw from it': { core: '10k', own: '5k', names: ['a', 'b'], seconds: 20 },
  'a remote may be free of the common limit': { core: '10k', own: 'off', names: ['b'], seconds: 0 },
  'two openings of one remote draw from one budget': { core: 'off', own: '10k', names: ['b', 'b'], seconds: 20 },
  'what this run is told counts in place of all that is configured': { core: '1k', own: '1k', asked: '10k', names: ['a', 'b', 'c'], seconds: 30 },
  'this run may be told that there is no limit': { core: '1k', own: '1k', asked: 'off', names: ['a', 'b'], seconds: 0 },
})) {
  test(what, async () => {
    const took = await secondsToWrite(TWO_REMOTES(core, own), { names, ...(asked !== undefined && { asked }) });

    // The last object of each budget has paid before it left, and a quarter of a second was saved up.
    assert.ok(took <= seconds && took >= Math.max(0, seconds - 2.5), `${took} s`);
  });
}

/** How many reads are answered while none of them is read to its end. */
async function readsAtOnce(line: string, jobs?: number): Promise<number> {
  const place = await openRemote(remoteOf('url = memory://jobs', line), { ...opening(listening()), ...(jobs !== undefined && { jobs }) });
  assert.ok(place.kind === 'storage');
  const { driver } = place.storage;
  await place.storage.require('write').write(parsePath('a'), fromBytes(new Uint8Array(200_000)));
  const controller = new AbortController();
  let answered = 0;
  const reads = Array.from({ length: 50 }, async () => { if ((await driver.read(parsePath('a'), { signal: controller.signal })).entry.size === 200_000) answered += 1; });
  for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => { setImmediate(resolve); });
  controller.abort();
  await Promise.allSettled(reads);
  return answered;
}

test('a remote gets as many calls at once as it says, or as this run was told, and else begins with 32', async () => {
  assert.equal(await readsAtOnce('jobs = 3'), 3);
  assert.equal(await readsAtOnce('jobs = 3', 7), 7);
  assert.equal(await readsAtOnce('retries = 6'), 32);
});
