import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { createSandbox, type Ended } from '../servers/sandbox.ts';
import { tow } from '../servers/tow.ts';

interface Told { readonly checked: number; readonly left: number; readonly problems: readonly { readonly path?: string; readonly kind: string; readonly repaired: boolean }[] }

describe('verify', () => {
  for (const place of ['remote', 'cache'] as const) {
    it(`of the ${place} finds what is damaged, names it, and repairs it from where it is good`, async () => {
      await withData(async ({ run, damage, objects }) => {
        const words = place === 'remote' ? ['remote', 'verify', 'store'] : ['cache', 'verify'];
        const repair = place === 'remote' ? ['--repair'] : ['--repair', '--from', 'store'];
        assert.equal((await run(...words)).status, 0);
        for (const name of ['a', 'sub/b']) damage(objects[place], name);

        const found = await run(...words);
        assert.equal(found.status, 1);
        for (const name of ['data/a', 'data/sub/b']) assert.match(found.stderr, new RegExp(`'${name}' \\([0-9a-f]{32}\\) is damaged`));
        const { checked, problems } = JSON.parse((await run(...words, '--json')).stdout) as Told;
        assert.deepEqual([checked, problems.map(({ path, kind, repaired }) => `${path ?? ''} ${kind} ${String(repaired)}`).toSorted()], [5, ['data/a damaged false', 'data/sub/b damaged false']]);

        const repaired = await run(...words, ...repair);
        assert.equal(repaired.status, 0, repaired.stderr);
        assert.match(repaired.stdout, /2 damaged, 2 of them repaired/);
        assert.equal((await run(...words)).status, 0);
      });
    });
  }

  it('changes nothing where no copy is good', async () => {
    await withData(async ({ run, damage, objects }) => {
      for (const place of ['cache', 'remote'] as const) damage(objects[place], 'a');
      const ended = await run('remote', 'verify', 'store', '--repair');
      assert.equal(ended.status, 1);
      assert.equal(readFileSync(objects.remote('a'), 'utf8'), 'damaged');
    });
  });

  it('finds nothing to say of data that was changed under its old time, when it has been added anew', async () => {
    await withData(async ({ root, run }) => {
      const names = ['a', 'c', 'd', 'sub/b'].map((name) => join(root, 'data', name));
      const age = (): void => { for (const name of names) utimesSync(name, 1_600_000_000, 1_600_000_000); };
      age();
      await run('add', 'data');
      writeFileSync(join(root, 'data/a'), 'A A\n');
      age();
      rmSync(join(root, '.dvc/cache'), { recursive: true });
      const ended = await run('add', 'data');
      assert.equal(ended.status, 0, ended.stderr);
      const verified = await run('cache', 'verify');
      assert.equal(verified.status, 0, verified.stderr);
    });
  });

  it('with a budget goes on where it stopped, and begins anew behind the last', async () => {
    await withData(async ({ run }) => {
      const next = async (): Promise<readonly [number, number]> => {
        const { checked, left } = JSON.parse((await run('remote', 'verify', 'store', '--budget', '8', '--json')).stdout) as Told;
        return [checked, left];
      };
      const rounds = [await next(), await next()];
      let total = 0;
      for (const [checked] of rounds) total += checked;
      while (total < 5) {
        const [checked] = await next();
        assert.ok(checked > 0);
        total += checked;
      }
      assert.equal(total, 5, 'each once');
      assert.deepEqual(await next(), rounds[0]);
    });
  });
});

describe('remote copy and whereis', () => {
  it('bring objects from a folder to an image layout and on to another folder, and tell what is where', async () => {
    await withData(async ({ run, objects, root }) => {
      await run('remote', 'add', 'layout', `oci-layout:${join(root, 'layout')}`);
      await run('remote', 'add', 'other', join(root, 'other'));
      await run('remote', 'add', 'broken', 's3://bucket/nowhere');
      await run('remote', 'modify', 'broken', 'endpointurl', 'http://127.0.0.1:9');
      assert.match((await run('remote', 'copy', 'store', 'layout')).stdout, /5 files copied/);
      assert.match((await run('remote', 'copy', 'store', 'layout')).stdout, /up to date/);
      rmSync(objects.remote('c'), { force: true });
      assert.match((await run('remote', 'copy', 'layout', 'other')).stdout, /5 files copied/);

      const [data] = JSON.parse((await run('whereis', 'data', '--json')).stdout) as readonly { readonly objects: number; readonly places: readonly { readonly place: string; readonly present: number; readonly error?: string }[] }[];
      assert.equal(data?.objects, 5);
      assert.deepEqual(Object.fromEntries(data.places.map(({ place, present, error }) => [place, error === undefined ? present : 'not asked'])), { cache: 5, store: 4, layout: 5, other: 5, broken: 'not asked' });
      assert.match((await run('whereis', 'data/a')).stdout, /^data\/a: 2 objects$/m);
    });
  });

  it('keep a listing back while a file of it is nowhere', async () => {
    await withData(async ({ run, objects, root }) => {
      await run('remote', 'add', 'other', join(root, 'other'));
      rmSync(objects.remote('c'), { force: true });
      const ended = await run('remote', 'copy', 'store', 'other');
      assert.deepEqual([ended.status, /3 files copied/.test(ended.stdout), /\.dir' was not copied/.test(ended.stderr)], [1, true, true], ended.stderr);
    });
  });
});

describe('remote du and list-objects', () => {
  it('tell what lies on a folder and in an image layout, and of what kind it is', async () => {
    await withData(async ({ run, root, store }) => {
      await run('remote', 'add', 'layout', `oci-layout:${join(root, 'layout')}`);
      assert.equal((await run('remote', 'copy', 'store', 'layout')).status, 0);
      const puts = (path: string): void => { mkdirSync(dirname(join(store, path)), { recursive: true }); writeFileSync(join(store, path), 'x'); };
      for (const path of ['notes.txt', 'aa/bb', `ab/${'c'.repeat(30)}`, `runs/ab/ab${'c'.repeat(62)}/${'d'.repeat(64)}`]) puts(path);

      const { kinds, total } = JSON.parse((await run('remote', 'du', '--json')).stdout) as { readonly kinds: Readonly<Record<string, unknown>>; readonly total: { readonly count: number } };
      const one = { count: 1, bytes: 1, unsized: 0 };
      assert.deepEqual([kinds['files'], kinds['legacy'], kinds['runs'], kinds['other'], total.count], [{ count: 4, bytes: 24, unsized: 0 }, one, one, { count: 2, bytes: 2, unsized: 0 }, 9]);
      assert.match((await run('remote', 'du')).stdout, /^ +24 B  4  files\n(.*\n)+.*2 B  2  not ours\n.*9  store\n$/);
      assert.match((await run('remote', 'du', 'layout')).stdout, /^ +24 B  4  files\n.*1  listings of directories\n.*5  layout\n$/);

      const oids = async (...words: string[]): Promise<readonly string[]> => (await run('remote', 'list-objects', ...words)).stdout.trimEnd().split('\n').toSorted();
      const [listed, inLayout] = [await oids('store', '--json'), await oids('layout', '--json')].map((lines) => lines.map((line) => JSON.parse(line) as { readonly oid: string; readonly hash: string; readonly size: number; readonly modifiedAt?: string }));
      assert.ok(listed?.every(({ modifiedAt }) => Number.isFinite(Date.parse(modifiedAt ?? ''))));
      assert.deepEqual(listed?.filter(({ hash }) => hash === 'md5').map(({ oid, size }) => [oid, size]), inLayout?.map(({ oid, size }) => [oid, size]));
      for (const line of await oids('store')) assert.match(line, /^[0-9a-f]{32}(\.dir|    )  +\d+  \d{4}-\d\d-\d\dT/);
      assert.equal((await run('remote', 'list-objects', 'nobody', '--json')).status, 251);
    });
  });
});

interface Prepared {
  readonly root: string;
  readonly store: string;
  readonly run: (...args: string[]) => Promise<Ended>;
  readonly objects: Readonly<Record<'cache' | 'remote', (name: string) => string>>;
  readonly damage: (file: (name: string) => string, name: string) => void;
}

/** A repository with a directory of four files that is on its remote. */
async function withData(work: (prepared: Prepared) => Promise<void>): Promise<void> {
  const sandbox = createSandbox('verify');
  try {
    const root = sandbox.folder;
    const run = (...args: string[]): Promise<Ended> => tow(sandbox, args, { cwd: root });
    await run('init', '--no-scm');
    await sandbox.run('mkdir', ['-p', 'data/sub']);
    for (const name of ['a', 'c', 'd', 'sub/b']) writeFileSync(join(root, 'data', name), `${name} ${name}\n`);
    await run('remote', 'add', '-d', 'store', join(sandbox.home, 'store'));
    await run('add', 'data');
    await run('push');
    const listing = /md5: (\w+)\.dir/.exec(readFileSync(join(root, 'data.dvc'), 'utf8'))?.[1] ?? '';
    const entries = JSON.parse(readFileSync(join(root, `.dvc/cache/files/md5/${listing.slice(0, 2)}/${listing.slice(2)}.dir`), 'utf8')) as readonly { readonly md5: string; readonly relpath: string }[];
    const fileIn = (folder: string) => (name: string): string => {
      const md5 = entries.find(({ relpath }) => relpath === name)?.md5 ?? '';
      return join(folder, 'files/md5', md5.slice(0, 2), md5.slice(2));
    };
    const damage: Prepared['damage'] = (file, name) => {
      chmodSync(file(name), 0o644);
      writeFileSync(file(name), 'damaged');
    };
    await work({ root, store: join(sandbox.home, 'store'), run, damage, objects: { cache: fileIn(join(root, '.dvc/cache')), remote: fileIn(join(sandbox.home, 'store')) } });
  } finally {
    sandbox.remove();
  }
}
