import assert from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { createSandbox, type Ended } from '../servers/sandbox.ts';
import { tow } from '../servers/tow.ts';

interface Listed { readonly oid: string; readonly size: number }
interface Machine { readonly root: string; run(...args: readonly string[]): Promise<Ended>; listed(): Promise<readonly Listed[]> }

const SIZE = 100_000;

describe('what users complain of in DVC and find here, too', () => {
  it('one changed byte sends the whole file again, but no other (#829, #10850, #7546, #3445)', async () => {
    await withRemote(async ({ root, run, listed }) => {
      const before = await listed();
      const bytes = readFileSync(join(root, 'data/a'));
      bytes[SIZE / 2] = 1;
      writeFileSync(join(root, 'data/a'), bytes);
      await run('add', 'data');
      await run('push');
      const sent = (await listed()).filter(({ oid }) => !before.some((one) => one.oid === oid));
      assert.deepEqual(sent.map(({ oid, size }) => (oid.endsWith('.dir') ? 'listing' : String(size))).toSorted(), [String(SIZE), 'listing']);
    });
  });

  it('the names in a directory can be read off its listing on the remote, the name of a single file cannot (#3621)', async () => {
    await withRemote(async ({ root, run, listed }) => {
      const listing = (await listed()).find(({ oid }) => oid.endsWith('.dir'))?.oid ?? '';
      await run('get-url', `remote://store/files/md5/${listing.slice(0, 2)}/${listing.slice(2)}`, 'listing.json');
      const names = (JSON.parse(readFileSync(join(root, 'listing.json'), 'utf8')) as readonly { readonly relpath: string }[]).map(({ relpath }) => relpath);
      assert.deepEqual(names, ['a', 'b']);
      assert.ok(!(await run('remote', 'list-objects', '--json')).stdout.includes('single'));
    });
  });

  it('gc keeps a directory as a whole, or gives up its listing and its files together (#7496)', async () => {
    await withRemote(async ({ root, run, listed }) => {
      await run('gc', '-w', '-c', '-f', '--grace', '0');
      assert.equal((await listed()).length, 4);
      rmSync(join(root, 'data.dvc'));
      await run('gc', '-w', '-c', '-f', '--grace', '0');
      assert.deepEqual((await listed()).map(({ size }) => size), [7]);
    });
  });
});

/** A directory of two files and a single file, pushed. */
async function withRemote(work: (machine: Machine) => Promise<void>): Promise<void> {
  const sandbox = createSandbox('as-in-dvc');
  const root = sandbox.folder;
  const run: Machine['run'] = async (...args) => {
    const ended = await tow(sandbox, args, { cwd: root });
    assert.equal(ended.status, 0, `tow ${args.join(' ')}: ${ended.stderr}`);
    return ended;
  };
  const listed = async (): Promise<readonly Listed[]> => (await run('remote', 'list-objects', '--json')).stdout.trimEnd().split('\n').map((line) => JSON.parse(line) as Listed);
  try {
    await run('init', '--no-scm');
    await sandbox.run('mkdir', ['data'], { cwd: root });
    for (const [name, fill] of [['a', 2], ['b', 3]] as const) writeFileSync(join(root, 'data', name), Buffer.alloc(SIZE, fill));
    writeFileSync(join(root, 'single'), 'single\n');
    await run('remote', 'add', '-d', 'store', join(sandbox.home, 'store'));
    await run('add', 'data', 'single');
    await run('push');
    await work({ root, run, listed });
  } finally {
    sandbox.remove();
  }
}
