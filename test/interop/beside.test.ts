import assert from 'node:assert/strict';
import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { whyMissing } from '../judges.ts';
import { HOST } from '../servers/server.ts';
import { tow } from '../servers/tow.ts';
import { createMachine, keyOf, md5, type Machine } from './damaged.ts';
import { startDvc } from './dvc-program.ts';
import { stores } from './stores.ts';
import { twinTests } from './twins.ts';

const FILES = { a: 'one', b: 'two', c: 'three' };

describe('commands beside each other', () => {
  test('pulls of different targets, and two of the same, work at the same time (#10752, #3783, #10465, #4325, #7029)', async () => {
    const bob = await cloneOf(FILES);
    const meeting = await meetAt(bob, ['one', 'two', 'three', 'three']);
    try {
      const ended = await Promise.all(['a.dvc', 'b.dvc', 'c.dvc', 'c'].map((target) => tow(bob.sandbox, ['pull', target], { cwd: bob.folder })));

      for (const { status, stderr } of ended) assert.equal(status, 0, stderr);
      for (const [path, content] of Object.entries(FILES)) assert.equal(readFileSync(join(bob.folder, path), 'utf8'), content);
    } finally {
      await meeting.stop();
      bob.sandbox.remove();
    }
  });

  test('what changes files waits for a pull, and DVC is kept out as by its own lock', { skip: whyMissing('dvc') ?? false }, async () => {
    const bob = await cloneOf(FILES);
    const meeting = await meetAt(bob, ['one', 'never asked for']);
    const dvc = startDvc();
    try {
      const pull = tow(bob.sandbox, ['pull', 'a'], { cwd: bob.folder });
      await meeting.arrival;
      writeFileSync(join(bob.folder, 'new'), 'new');

      const refused = await Promise.all([dvc.run(bob.sandbox, ['add', 'new'], { cwd: bob.folder }), tow(bob.sandbox, ['add', 'new'], { cwd: bob.folder })]);
      const waiting = tow(bob.sandbox, ['add', 'new', '--wait-for-lock'], { cwd: bob.folder });
      const looking = await tow(bob.sandbox, ['status', 'b.dvc'], { cwd: bob.folder });
      meeting.open();

      for (const { status, stderr } of refused) assert.match(`${status} ${stderr}`, /^1 [^]*Unable to acquire lock/);
      assert.match(`${looking.status} ${looking.stdout}`, /^0 b\.dvc/);
      for (const { status, stderr } of await Promise.all([pull, waiting])) assert.equal(status, 0, stderr);
      assert.equal(existsSync(join(bob.folder, 'new.dvc')), true);
    } finally {
      dvc.stop();
      await meeting.stop();
      bob.sandbox.remove();
    }
  });

  test('what a crash has left goes with the next pull, but not what another is in the middle of', async () => {
    const bob = await cloneOf(FILES);
    const left = join(bob.folder, '.dvc/tmp/towline/unfinished/.abcdefghijklmnopqrstuv.tmp');
    const meeting = await meetAt(bob, ['one', 'never asked for']);
    try {
      const pull = tow(bob.sandbox, ['pull', 'a'], { cwd: bob.folder });
      await meeting.arrival;
      bob.write('.dvc/tmp/towline/unfinished/.abcdefghijklmnopqrstuv.tmp', 'half');

      await bob.tow(['fetch', 'b']);
      assert.equal(existsSync(left), true);
      meeting.open();
      await pull;
      await bob.tow(['fetch', 'c']);
      assert.equal(existsSync(left), false);
    } finally {
      await meeting.stop();
      bob.sandbox.remove();
    }
  });
});

describe('what a running stage of DVC has for itself', { skip: whyMissing('dvc') ?? false }, () => {
  const { both } = twinTests();

  both('is left alone, in the words of DVC', async (twins) => {
    twins.change(...['a', 'd'].map((name) => ({ change: (root: string) => { writeFileSync(join(root, name), name); } })));
    await twins.run(['add', 'a', 'd']);
    // The process that holds them is this one: it runs.
    twins.change({ change: (root) => { writeFileSync(join(root, '.dvc/tmp/rwlock'), JSON.stringify({ write: { [join(root, 'a')]: { pid: process.pid, cmd: 'dvc repro' } }, read: { [join(root, 'd')]: [{ pid: process.pid, cmd: 'dvc repro' }] } })); } });

    for (const args of [['status'], ['commit', 'a.dvc'], ['commit', 'd.dvc'], ['add', 'a'], ['add', 'd'], ['remove', 'a.dvc'], ['remove', 'd.dvc']]) {
      const { ours, theirs } = await twins.run(args, { ends: 1 });
      const words = /'<top>[^]*try again\./;
      assert.equal(words.exec(ours.stderr)?.[0], words.exec(theirs.stderr)?.[0], args.join(' '));
      assert.match(ours.stderr, words);
    }
    await twins.run(['status', 'd.dvc']);
    await twins.run(['checkout']);
  });

  both('is not replaced by a checkout, and is free again when that process has died', async ({ tow: { sandbox, root, read } }) => {
    writeFileSync(join(root, 'a'), 'a');
    await tow(sandbox, ['add', 'a'], { cwd: root });
    rmSync(join(root, 'a'));
    const lock = (pid: number): void => { writeFileSync(join(root, '.dvc/tmp/rwlock'), JSON.stringify({ write: { [join(root, 'a')]: { pid, cmd: 'dvc repro' } } })); };

    lock(process.pid);
    const refused = await tow(sandbox, ['checkout'], { cwd: root });
    assert.match(`${refused.status} ${refused.stderr}`, /^1 [^]*is busy, it is being blocked by:\n {2}\(PID \d+\): dvc repro/);
    assert.equal(existsSync(join(root, 'a')), false);

    // No process has this number: it is above what Linux gives.
    lock(2 ** 30);
    assert.equal((await tow(sandbox, ['checkout'], { cwd: root })).status, 0);
    assert.equal(read('a'), 'a');
  });
});

/** A clone without data of a repository whose files are pushed. */
async function cloneOf(files: Readonly<Record<string, string>>): Promise<Machine> {
  const [local] = stores;
  assert.ok(local);
  const alice = await createMachine(await local.start(), files, Object.keys(files));
  await alice.tow(['push']);
  return await alice.clone();
}

interface Meeting {
  /** When the first has come. */
  readonly arrival: Promise<void>;
  /** Waits for nobody any more. */
  open(): void;
  stop(): Promise<void>;
}

/** Gives the clone a web server as its remote, which answers nobody before all of these contents have been asked for. */
async function meetAt(bob: Machine, contents: readonly string[]): Promise<Meeting> {
  const missing = contents.map((content) => keyOf(md5(content)));
  let [open, arrived] = [(): void => undefined, (): void => undefined];
  const opened = new Promise<void>((resolve) => { open = resolve; });
  const arrival = new Promise<void>((resolve) => { arrived = resolve; });
  const server = createServer((request, response) => {
    const key = (request.url ?? '').slice(1);
    const at = missing.indexOf(key);
    if (at >= 0) missing.splice(at, 1);
    if (missing.length === 0) open();
    arrived();
    void (at >= 0 ? opened : Promise.resolve()).then(() => { response.end(readFileSync(join(bob.remote.url, key))); });
  });
  await new Promise<void>((resolve) => { server.listen(0, HOST, resolve); });
  bob.write('.dvc/config.local', `[core]\n    remote = web\n['remote "web"']\n    url = http://${HOST}:${(server.address() as AddressInfo).port}\n`);
  chmodSync(join(bob.folder, '.dvc/config.local'), 0o600);
  return {
    arrival, open,
    stop: async () => {
      open();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
