import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TowlineError } from '../errors.ts';
import { abortedError } from '../storage/call.ts';
import type { Opening } from '../storage/definition.ts';
import { fromBytes, parsePath } from '../storage/index.ts';
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
