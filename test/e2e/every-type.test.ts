import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createSandbox, type Sandbox } from '../servers/sandbox.ts';
import { tow } from '../servers/tow.ts';
import { type RunningStore, https, oci, type StoredRemote, stores } from '../interop/stores.ts';

const FILES = 40;
const started: RunningStore[] = [];
let sandbox: Sandbox | undefined;
before(() => {
  sandbox = createSandbox('every-type');
  mkdirSync(join(sandbox.folder, 'data'));
  for (let index = 0; index < FILES; index++) writeFileSync(join(sandbox.folder, 'data', `${index}.txt`), `file ${index}\n`.repeat(index + 1));
  writeFileSync(join(sandbox.folder, 'large.bin'), Buffer.alloc(9 << 20, 'large'));
});
after(async () => {
  for (const store of started) await store.stop();
  sandbox?.remove();
});

test('one repository pushes to a remote of every type in turn, is in sync with each, and pulls from each', { timeout: 240_000 }, async (context) => {
  assert.ok(sandbox);
  const home = sandbox;
  const env: Record<string, string> = {};
  const run = async (...args: readonly string[]): Promise<string> => {
    const { status, stdout, stderr } = await tow(home, args, { env });
    assert.equal(status, 0, `tow ${args.join(' ')}: ${stdout}${stderr}`);
    return stdout;
  };
  await home.git(['init', '-q']);
  await run('init', '-q');
  await run('add', '-q', 'data', 'large.bin');
  const remotes = new Map<string, StoredRemote>();
  for (const store of [...stores, https, oci]) {
    if (store.missing !== undefined && process.env['CI'] !== 'true') { context.diagnostic(`${store.name} is left out: ${store.missing}`); continue; }
    const running = await store.start();
    started.push(running);
    const remote = await running.remote(home);
    remotes.set(store.name, remote);
    for (const [key, value] of Object.entries(remote.env)) env[key.replace('TOW_REMOTE_STORE_', `TOW_REMOTE_${store.name.toUpperCase()}_`)] = value;
    await run('remote', 'add', '-q', store.name, remote.url);
    for (const [key, value] of Object.entries(remote.options)) await run('remote', 'modify', '-q', store.name, key, value);
  }

  const keys = new Map<string, readonly string[]>();
  for (const [name, remote] of remotes) {
    const began = performance.now();
    await run('push', '-q', '-r', name);
    const pushed = performance.now();
    assert.match(await run('status', '-c', '-r', name), /are in sync/, name);
    await home.run('rm', ['-rf', '.dvc/cache', 'data', 'large.bin']);
    const pulling = performance.now();
    await run('pull', '-q', '-r', name);
    context.diagnostic(`${name}: push ${Math.round(pushed - began)} ms, pull ${Math.round(performance.now() - pulling)} ms`);
    keys.set(name, await objectsOf(remote));
  }

  const [first, ...others] = [...keys];
  assert.ok(first);
  assert.equal(first[1].length, FILES + 2);
  for (const [name, names] of others) assert.deepEqual(names, first[1], `${name} and ${first[0]} hold other objects`);
  for (const [name, remote] of remotes) for (const key of keys.get(name) ?? []) await remote.delete(key);
  for (const [name, remote] of remotes) assert.deepEqual(await objectsOf(remote), [], name);
});

/** What a remote holds; folders, which not every kind has, left aside. */
const objectsOf = async (remote: StoredRemote): Promise<readonly string[]> => Object.keys(await remote.contents()).filter((key) => /^files\/md5\/[0-9a-f]{2}\/[0-9a-f]{30}(\.dir)?$/.test(key)).sort();
