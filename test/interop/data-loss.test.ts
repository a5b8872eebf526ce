import assert from 'node:assert/strict';
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { whyMissing } from '../judges.ts';
import { startNginx } from '../servers/nginx.ts';
import { createMachine, flipped, keyOf, md5, type Machine } from './damaged.ts';
import { stores, type RunningStore, type Store } from './stores.ts';

const DATA = { 'data/a': 'one', 'data/b': 'two', 'data/sub/c': 'three', 'data/sub/d': 'four' };
const MISSING = 'Some of the cache files do not exist neither locally nor on remote';

const cacheOf = ({ folder }: Machine): string => join(folder, '.dvc/cache');
const keysOf = async ({ remote }: Machine): Promise<readonly string[]> => Object.keys(await remote.contents()).filter((key) => !key.endsWith('/')).sort();
const dirOf = ({ folder }: Machine): string => /md5: (\S+\.dir)/.exec(readFileSync(join(folder, 'data.dvc'), 'utf8'))?.[1] ?? '';

// Every fault that DVC 3.67 was seen to answer with lost data or a wrong exit code, and that a verb of ours could have, too.
for (const store of stores) {
  describe(`nothing is lost on ${store.name}`, { skip: store.missing ?? false }, () => {
    const started = onStore(store);

    test('one flipped bit in one of 1,000 objects is named, kept out of cache and workspace, and stops no other file', async () => {
      const contents = Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`data/${index % 10}/${index}`, `content ${index}`]));
      const alice = await createMachine(started(), contents, ['data']);
      try {
        await alice.tow(['push']);
        const oid = md5('content 503');
        await alice.remote.write(keyOf(oid), flipped(await alice.remote.read(keyOf(oid))));
        const bob = await alice.clone();

        const { stderr } = await bob.tow(['pull'], { ends: 1 });

        assert.match(stderr, /data\/3\/503/);
        assert.equal(existsSync(join(cacheOf(bob), keyOf(oid))), false, 'the cache holds no damaged object');
        assert.equal(existsSync(join(bob.folder, 'data/3/503')), false, 'the workspace holds no damaged file');
        for (const [path, content] of Object.entries(contents)) if (path !== 'data/3/503') assert.equal(readFileSync(join(bob.folder, path), 'utf8'), content);
      } finally { alice.sandbox.remove(); }
    });

    test('a directory pushed in part is pushed whole later, and its listing comes last (#11011)', async () => {
      const alice = await createMachine(started(), DATA, ['data']);
      try {
        await alice.tow(['push', 'data/sub']);
        assert.deepEqual(await keysOf(alice), ['three', 'four'].map((content) => keyOf(md5(content))).sort(), 'no listing promises what is not there');

        await alice.tow(['push']);

        assert.equal((await keysOf(alice)).length, 5);
        await (await alice.clone()).tow(['pull']);
      } finally { alice.sandbox.remove(); }
    });

    test('a listing on the remote proves nothing: a missing file is pushed again (#10977, #7532, #7268, #4164, #10211, #10617)', async () => {
      const alice = await createMachine(started(), DATA, ['data']);
      try {
        await alice.tow(['push']);
        await alice.remote.delete(keyOf(md5('two')));

        assert.match((await alice.tow(['status', '-c'])).stdout, /new:\s+data\/b/);
        assert.match((await alice.tow(['push'])).stdout, /1 file pushed/);

        assert.ok((await keysOf(alice)).includes(keyOf(md5('two'))));
      } finally { alice.sandbox.remove(); }
    });

    test('what a cut upload left under the name of an object is no object', async () => {
      const alice = await createMachine(started(), { ...DATA, single: 'a single file' }, ['data', 'single']);
      try {
        await alice.remote.write(keyOf(md5('three')), Buffer.from('thr'));
        await alice.remote.write(keyOf(md5('a single file')), Buffer.from('a single'));

        assert.match((await alice.tow(['status', '-c'])).stdout, /new:\s+data\/sub\/c[^]*new:\s+single/);
        await alice.tow(['push']);

        assert.equal((await alice.remote.read(keyOf(md5('three')))).toString(), 'three');
        assert.equal((await alice.remote.read(keyOf(md5('a single file')))).toString(), 'a single file');
      } finally { alice.sandbox.remove(); }
    });

    test('what is missing on both sides is an error of push, fetch, pull and status -c (#4383)', async () => {
      const alice = await createMachine(started(), DATA, ['data']);
      try {
        const gone = keyOf(md5('two'));
        rmSync(join(cacheOf(alice), gone));

        const push = await alice.tow(['push'], { ends: 1 });
        assert.match(push.stderr, new RegExp(`${MISSING}[^]*data/b`));
        assert.equal((await keysOf(alice)).includes(keyOf(dirOf(alice))), false, 'the listing is kept back');
        assert.match((await alice.tow(['status', '-c'], { ends: 1 })).stdout, /missing:\s+data\/b/);
        await alice.remote.write(keyOf(dirOf(alice)), readFileSync(join(cacheOf(alice), keyOf(dirOf(alice)))));
        const bob = await alice.clone();
        assert.match((await bob.tow(['fetch'], { ends: 1 })).stderr, /data\/b/);
        const pull = await bob.tow(['pull'], { ends: 1 });
        assert.match(pull.stderr, /data\/b/);
        assert.deepEqual(readdirSync(join(bob.folder, 'data')).sort(), ['a', 'sub'], 'the files that are there arrive');
      } finally { alice.sandbox.remove(); }
    });

    test('an entry that leads out of its directory writes nothing there', async () => {
      const listing = JSON.stringify([{ md5: md5('evil'), relpath: '../../evil' }, { md5: md5('one'), relpath: 'a' }]);
      const alice = await createMachine(started(), {}, []);
      try {
        await alice.remote.write(keyOf(md5('evil')), Buffer.from('evil'));
        await alice.remote.write(keyOf(md5('one')), Buffer.from('one'));
        await alice.remote.write(keyOf(`${md5(listing)}.dir`), Buffer.from(listing));
        alice.write('x/data.dvc', `outs:\n- md5: ${md5(listing)}.dir\n  size: 7\n  nfiles: 2\n  hash: md5\n  path: data\n`);

        const { stderr } = await alice.tow(['pull'], { ends: 1 });

        assert.match(stderr, /\.\.\/\.\.\/evil/);
        for (const path of ['evil', '../evil', 'x/evil']) assert.equal(existsSync(join(alice.folder, path)), false, path);
      } finally { alice.sandbox.remove(); }
    });
  });
}

describe('nothing is lost here', () => {
  const [local] = stores;
  assert.ok(local);
  const started = onStore(local);

  test('a checkout with one missing object keeps all good files', async () => {
    const alice = await createMachine(started(), DATA, ['data']);
    try {
      rmSync(join(cacheOf(alice), keyOf(md5('two'))));
      rmSync(join(alice.folder, 'data/b'));
      rmSync(join(alice.folder, 'data/sub/c'));

      const { stderr } = await alice.tow(['checkout'], { ends: 255 });

      assert.match(stderr, /data\/b/);
      assert.equal(readFileSync(join(alice.folder, 'data/a'), 'utf8'), 'one');
      assert.equal(readFileSync(join(alice.folder, 'data/sub/c'), 'utf8'), 'three', 'what the cache has is brought out');
    } finally { alice.sandbox.remove(); }
  });

  test('a pull never deletes or changes an object of a directory remote, whatever it holds', async () => {
    const alice = await createMachine(started(), DATA, ['data']);
    try {
      await alice.tow(['push']);
      const key = keyOf(md5('two'));
      await alice.remote.write(key, Buffer.from('TWO'));
      chmodSync(join(alice.remote.url, key), 0o644);
      const stored = await alice.remote.contents();
      const bob = await alice.clone();

      await bob.tow(['pull'], { ends: 1 });

      assert.deepEqual(await alice.remote.contents(), stored);
    } finally { alice.sandbox.remove(); }
  });

  test('words in any script keep the config whole, and both programs read them', async () => {
    const alice = await createMachine(started(), {}, []);
    try {
      await alice.tow(['remote', 'add', 'wärme', '/gemüse/ライブ']);
      await alice.tow(['remote', 'modify', '--local', 'store', 'url', '/größe']);

      assert.match(readFileSync(join(alice.folder, '.dvc/config'), 'utf8'), /remote = store[^]*wärme[^]*gemüse\/ライブ/);
      assert.match((await alice.tow(['remote', 'list'])).stdout, /wärme\s+\/gemüse\/ライブ/);
    } finally { alice.sandbox.remove(); }
  });

  test('a value that would make DVC refuse the whole repository is refused, and nothing is written', async () => {
    const alice = await createMachine(started(), {}, []);
    try {
      const before = readFileSync(join(alice.folder, '.dvc/config'), 'utf8');

      const { stderr } = await alice.tow(['remote', 'modify', 'store', 'url', '/x%(y)s'], { ends: 255 });

      assert.match(stderr, /%\(/);
      assert.equal(readFileSync(join(alice.folder, '.dvc/config'), 'utf8'), before);
    } finally { alice.sandbox.remove(); }
  });

  test('a relative remote is the same one for every commit (#10054, #2756, #8705)', async () => {
    const alice = await createMachine(started(), DATA, ['data']);
    try {
      alice.write('.dvc/config', "[core]\n    remote = near\n['remote \"near\"']\n    url = ../../near\n");
      await alice.sandbox.git(['commit', '-qam', 'near'], { cwd: alice.folder });
      await alice.tow(['push', '-A']);
      const bob = await alice.clone();
      // The newest commit tracks nothing any more.
      await bob.sandbox.git(['rm', '-q', 'data.dvc'], { cwd: bob.folder });
      await bob.sandbox.git(['commit', '-qm', 'gone'], { cwd: bob.folder });

      const { stdout } = await bob.tow(['fetch', '-A']);

      assert.match(stdout, /5 files fetched/);
    } finally { alice.sandbox.remove(); }
  });

  test('a clone without its directories pushes what is here, whether the others are on the remote or nowhere (#10124)', async () => {
    const alice = await createMachine(started(), { ...DATA, 'other/x': 'ex', 'other/y': 'why' }, ['data', 'other']);
    try {
      await alice.tow(['push', 'data']);
      const bob = await alice.clone();
      bob.write('new/z', 'zed');
      await bob.tow(['add', 'new']);

      const lacking = await bob.tow(['push'], { ends: 1 });
      assert.match(lacking.stdout, /2 files pushed/);
      assert.match(lacking.stderr, new RegExp(`${MISSING}[^]*other`));
      assert.doesNotMatch(lacking.stderr, /name: data\b/);
      await alice.tow(['push']);
      assert.match((await bob.tow(['push'])).stdout, /Everything is up to date/);
      assert.match((await bob.tow(['status', '-c'], { ends: 0 })).stdout, /deleted:\s+other\/x/);
      assert.match((await bob.tow(['fetch', 'other'])).stdout, /3 files fetched/);
      assert.deepEqual(readdirSync(bob.folder).sort(), ['.dvc', '.dvcignore', '.git', '.gitignore', 'data.dvc', 'new', 'new.dvc', 'other.dvc']);
    } finally { alice.sandbox.remove(); }
  });

  test('a file is added to a directory whose other files are not here, and the directory stays whole (#4657)', async () => {
    const alice = await createMachine(started(), DATA, ['data']);
    try {
      await alice.tow(['push']);
      const bob = await alice.clone();
      bob.write('data/new', 'new');

      await bob.tow(['add', 'data/new']);
      assert.match((await bob.tow(['push'])).stdout, /2 files pushed/);

      assert.equal(existsSync(join(bob.folder, 'data/a')), false, 'nothing else was needed here');
      alice.write('data.dvc', readFileSync(join(bob.folder, 'data.dvc')));
      await alice.tow(['pull']);
      for (const [path, content] of Object.entries({ ...DATA, 'data/new': 'new' })) assert.equal(readFileSync(join(alice.folder, path), 'utf8'), content);
    } finally { alice.sandbox.remove(); }
  });

  test('outputs pinned to another remote are compared with that one', async () => {
    const alice = await createMachine(started(), { foo: 'foo' }, ['foo']);
    try {
      alice.write('.dvc/config', `${readFileSync(join(alice.folder, '.dvc/config'), 'utf8')}['remote "other"']\n    url = ../../other\n`);
      alice.write('foo.dvc', `${readFileSync(join(alice.folder, 'foo.dvc'), 'utf8')}  remote: other\n`);

      assert.match((await alice.tow(['status', '-c'])).stdout, /new:\s+foo/);
      await alice.tow(['push']);
      assert.match((await alice.tow(['status', '-c'])).stdout, /in sync/);
      assert.equal(readFileSync(join(alice.sandbox.folder, 'other', keyOf(md5('foo'))), 'utf8'), 'foo');
    } finally { alice.sandbox.remove(); }
  });
});

describe('an answer that is no answer is an error', { skip: whyMissing('nginx') ?? false }, () => {
  test('a server that fails does not mean that an object is missing, or there', async () => {
    const server = await startNginx({ configuration: ['location /broken/ { return 500; }'] });
    const remote = { url: `${server.url}/broken`, options: { method: 'PUT' }, env: {}, contents: () => Promise.resolve({}), read: () => Promise.resolve(Buffer.alloc(0)), write: () => Promise.resolve(), delete: () => Promise.resolve() };
    try {
      const alice = await createMachine({ remote: () => Promise.resolve(remote), stop: () => Promise.resolve() }, DATA, ['data']);
      for (const args of [['push'], ['status', '-c']]) {
        const { stderr } = await alice.tow(args, { ends: 1 });
        assert.match(stderr, /500/, args.join(' '));
        assert.doesNotMatch(stderr, new RegExp(MISSING));
      }
      const { stderr } = await (await alice.clone()).tow(['pull'], { ends: 1 });
      assert.match(stderr, /500/);
      assert.doesNotMatch(stderr, new RegExp(MISSING));
      alice.sandbox.remove();
    } finally {
      await server.stop();
    }
  });
});

function onStore(store: Store): () => RunningStore {
  let running: RunningStore | undefined;
  before(async () => { running = await store.start(); });
  after(async () => { await running?.stop(); });
  return () => {
    assert.ok(running, 'the store is started');
    return running;
  };
}
