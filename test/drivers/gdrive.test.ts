import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { hasCode } from '../../src/errors.ts';
import { buildConfig } from '../../src/remotes/config.ts';
import { findRemote } from '../../src/remotes/find-remote.ts';
import { type ConfigFile, configFiles } from '../../src/remotes/levels.ts';
import { openRemote } from '../../src/remotes/open.ts';
import type { With } from '../../src/storage/driver.ts';
import { parsePath } from '../../src/storage/path.ts';
import type { Source } from '../../src/storage/source.ts';
import { Storage } from '../../src/storage/storage.ts';
import { openingIn } from '../lent.ts';
import type { DriveFake } from '../servers/drive-fake.ts';
import { FOLDER } from '../servers/drive-fake-store.ts';
import { credentialsOf, type DriveDriver } from '../servers/open-drive.ts';
import { createDriveMachine, type DriveMachine, failure, md5, readText, text } from './gdrive-machine.ts';

let machine: DriveMachine;
let fake: DriveFake;
let open: DriveMachine['open'];
beforeEach(async () => {
  machine = await createDriveMachine();
  ({ fake, open } = machine);
});
afterEach(async () => { await machine.stop(); });

const folder = (name: string, parent: string, id?: string): string => fake.store.add({ name, parent, mimeType: FOLDER, ...(id !== undefined && { id }) }).id;
const file = (name: string, parent: string, { words, id }: { readonly words: string; readonly id?: string }): string => fake.store.add({ name, parent, bytes: Buffer.from(words), ...(id !== undefined && { id }) }).id;
const x = parsePath('x');

/** A remote as its config file describes it, with all its layers. */
async function openConfigured(...lines: readonly string[]): Promise<With<'write'>> {
  const runtime = { env: { GDRIVE_CREDENTIALS_DATA: credentialsOf(fake) }, home: '/nonexistent', platform: 'linux' };
  const config = `['remote "r"']\n    url = gdrive://root/data\n    endpointurl = ${fake.url}\n${lines.map((line) => `    ${line}\n`).join('')}`;
  const files = new Map(configFiles(runtime, '/r').map((one): [ConfigFile, string | undefined] => [one, one.display === '.dvc/towline' ? config : undefined]));
  const place = await openRemote(findRemote(buildConfig(files, { runtime, root: '/r' }), 'r'), { ...openingIn('/nonexistent'), ...runtime });
  assert.ok(place.kind === 'storage');
  return place.storage.require('write');
}
/** Sources that give nothing before so many of them are open at once. */
function gateFor(jobs: number): { readonly source: Source; most(): number } {
  let [now, most] = [0, 0];
  let waiting: (() => void)[] = [];
  const source: Source = {
    size: 1,
    async *open() {
      most = Math.max(most, ++now);
      await new Promise<void>((resolve) => {
        waiting.push(resolve);
        if (waiting.length < jobs) return;
        for (const one of waiting) one();
        waiting = [];
      });
      now--;
      yield Buffer.from('x');
    },
  };
  return { source, most: () => most };
}

describe('options of a Google Drive remote', () => {
  it('gdrive_trash_only puts into the trash; without it files are deleted for good', async () => {
    for (const [options, left] of [[{ gdrive_trash_only: 'true' }, true], [{}, undefined]] as const) {
      const driver = await open({ options });
      await driver.write(x, text('x'));
      const id = fake.store.find('root', 'data/x')?.id ?? '';

      await driver.delete([{ path: x }]);

      assert.equal(fake.store.files.get(id)?.isTrashed, left);
      assert.ok(hasCode(await failure(driver.stat(x)), 'NOT_FOUND'));
    }
  });

  it('gdrive_trash_only cannot be for the application data folder, and says so', async () => {
    const driver = await open({ url: 'gdrive://appDataFolder/dvc', options: { gdrive_trash_only: 'true' } });
    await driver.write(x, text('x'));
    assert.equal((await failure(driver.delete([{ path: x }]))).code, 'INVALID_CONFIG');
    await (await open({ url: 'gdrive://appDataFolder/dvc' })).delete([{ path: x }]);
    assert.equal(fake.store.find('appDataFolder', 'dvc/x'), undefined);
  });

  it('gdrive_acknowledge_abuse reads what Google flags; without it one is told of it', async () => {
    await (await open()).write(x, text('flagged'));
    const stored = fake.store.find('root', 'data/x');
    assert.ok(stored);
    stored.isAbusive = true;

    const { code, hint } = await failure((await open()).read(x));
    assert.deepEqual([code, /gdrive_acknowledge_abuse/.test(hint ?? '')], ['PERMISSION_DENIED', true]);
    assert.equal(await readText(await open({ options: { gdrive_acknowledge_abuse: 'true' } }), x), 'flagged');
  });

  it("jobs bounds the calls at once, and 'verify = false' keeps nothing from being verified", async () => {
    for (const jobs of [1, 3]) {
      const remote = await openConfigured(`jobs = ${jobs}`, 'verify = false');
      const gate = gateFor(jobs);
      await Promise.all(Array.from({ length: 9 }, async (_, index) => await remote.write(parsePath(`${index}`), gate.source)));
      assert.equal(gate.most(), jobs);
      const wrong = { ...text('bad'), checksum: { name: 'md5' as const, value: md5(Buffer.from('else')) } };
      assert.equal((await failure(remote.write(x, wrong))).code, 'CORRUPT');
      await remote.close?.();
    }
  });
});

describe('names on Google Drive', () => {
  it('of files of one name the smallest id counts, for reading, listing and writing', async () => {
    const data = folder('data', 'root');
    file('x', data, { words: 'second', id: '1b' });
    file('x', data, { words: 'first', id: '1a' });
    const driver = await open();

    assert.equal(await readText(driver, x), 'first');
    assert.deepEqual((await driver.list(parsePath(''))).entries.map(({ path, size }) => [path, size]), [['x', 5]]);
    await driver.write(x, text('third'));
    assert.deepEqual(['1a', '1b'].map((id) => fake.store.files.get(id)?.bytes?.toString()), ['third', 'second']);
    await driver.delete([{ path: x }]);
    assert.ok(hasCode(await failure(driver.stat(x)), 'NOT_FOUND'));
  });

  it('folders of one name are one, and what is new goes into that with the smallest id', async () => {
    const data = folder('data', 'root');
    file('in-b', folder('f', data, '1fb'), { words: 'b' });
    file('in-a', folder('f', data, '1fa'), { words: 'a' });
    const driver = await open();

    assert.deepEqual([await readText(driver, parsePath('f/in-a')), await readText(driver, parsePath('f/in-b'))], ['a', 'b']);
    assert.deepEqual((await driver.list(parsePath(''))).entries.map(({ path, kind }) => [path, kind]), [['f', 'directory']]);
    assert.deepEqual((await driver.list(parsePath('f'))).entries.map(({ path }) => path).sort(), ['f/in-a', 'f/in-b']);
    await driver.write(parsePath('f/new'), text('new'));
    assert.deepEqual(fake.store.find('1fa', 'new')?.parents, ['1fa']);
  });

  it('two processes that make one folder at once see what the other put there', async () => {
    const drivers = await Promise.all([open(), open()]);
    await Promise.all(drivers.map(async (driver, index) => await driver.write(parsePath(`made/${index}`), text('x'))));
    const third = await open();
    assert.deepEqual((await third.list(parsePath('made'))).entries.map(({ path }) => path).sort(), ['made/0', 'made/1']);
  });

  it('things of one name on two pages are listed once', async () => {
    const data = folder('data', 'root');
    for (const id of ['1c', '1b', '1a']) file('x', data, { words: id, id });
    fake.mostPerPage = 2;
    const driver = await open();
    const first = await driver.list(parsePath(''));
    const second = await driver.list(parsePath(''), { cursor: first.cursor ?? '' });
    assert.deepEqual([...first.entries, ...second.entries].map(({ path }) => path), ['x']);
    assert.equal(second.cursor, undefined);
  });

  it('documents of Google and shortcuts are no objects, and an object can stand beside them', async () => {
    const data = folder('data', 'root');
    fake.store.add({ name: 'x', parent: data, mimeType: 'application/vnd.google-apps.document' });
    fake.store.add({ name: 'y', parent: data, mimeType: 'application/vnd.google-apps.shortcut' });
    const driver = await open();

    const { code, message } = await failure(driver.read(x));
    assert.deepEqual([code, /no bytes of its own/.test(message)], ['NOT_FOUND', true]);
    assert.deepEqual((await driver.list(parsePath(''))).entries, []);
    await driver.write(x, text('x'));
    assert.equal(await readText(driver, x), 'x');
    await driver.delete([{ path: x }]);
    assert.equal(fake.store.find('root', 'data/x')?.mimeType, 'application/vnd.google-apps.document');
  });

  it('names that are no paths are left out of a listing, with a warning', async () => {
    const data = folder('data', 'root');
    for (const name of ['..', 'a/b', 'new\nline', 'good']) file(name, data, { words: 'x' });
    const warnings: string[] = [];
    const driver = await open({ opening: { warn: ({ code }) => { warnings.push(code); } } });
    assert.deepEqual([(await driver.list(parsePath(''))).entries.map(({ path }) => path), warnings], [['good'], ['UNUSABLE_NAME']]);
  });

  it('an empty folder goes into the trash by its name, one with anything in it stays', async () => {
    const driver = await open();
    await driver.write(parsePath('full/x'), text('x'));
    const empty = folder('empty', fake.store.find('root', 'data')?.id ?? '');
    await driver.delete([{ path: parsePath('full') }, { path: parsePath('empty') }]);
    assert.equal(fake.store.files.get(empty)?.isTrashed, true);
    assert.equal(await readText(driver, parsePath('full/x')), 'x');
  });
});

describe('places on Google Drive', () => {
  it('a shared drive, by its own id and by that of a folder in it', async () => {
    const drive = fake.store.addDrive('Team');
    const inside = folder('inside', drive);
    for (const root of [drive, inside]) {
      const driver = await open({ url: `gdrive://${root}/data` });
      await driver.write(parsePath('a/x'), text(root));
      assert.equal(await readText(await open({ url: `gdrive://${root}/data` }), parsePath('a/x')), root);
      assert.deepEqual((await driver.list(parsePath('a'))).entries.map(({ path }) => path), ['a/x']);
      await driver.delete([{ path: parsePath('a/x') }]);
      assert.deepEqual((await driver.list(parsePath('a'))).entries, []);
    }
  });

  it('the application data folder, which nothing else sees', async () => {
    const driver = await open({ url: 'gdrive://appDataFolder/data' });
    await driver.write(parsePath('a/x'), text('x'));
    assert.equal(await readText(driver, parsePath('a/x')), 'x');
    assert.equal(fake.store.contents('root').size, 0);
  });

  it('a file by its own id, and one by a path that ends at it', async () => {
    const id = file('x', 'root', { words: 'whole' });
    for (const url of [`gdrive://${id}`, 'gdrive://root/x']) assert.equal(await readText(await open({ url }), parsePath('')), 'whole');
  });

  it('a root that is not there, or in the trash, is said in the words of DVC', async () => {
    const trashed = folder('gone', 'root');
    const driver = await open({ url: 'gdrive://1nothing/data' });
    const { code, message } = await failure(driver.stat(x));
    assert.deepEqual([code, message], ['INVALID_CONFIG', 'Confirm gdrive://1nothing exists and you can access it']);
    for (const stored of fake.store.files.values()) if (stored.id === trashed) stored.isTrashed = true;
    assert.equal((await failure((await open({ url: `gdrive://${trashed}` })).stat(x))).code, 'INVALID_CONFIG');
  });

  it('a folder that was moved away meanwhile is looked for anew', async () => {
    const driver = await open();
    await driver.write(parsePath('a/x'), text('x'));
    const old = fake.store.find('root', 'data/a');
    assert.ok(old);
    fake.store.remove(old);
    file('y', folder('a', fake.store.find('root', 'data')?.id ?? ''), { words: 'y' });
    assert.equal(await readText(driver, parsePath('a/y')), 'y');
    assert.ok(hasCode(await failure(driver.stat(parsePath('a/x'))), 'NOT_FOUND'));
  });

  it('what was written into a folder that had just gone into the trash is written again', async () => {
    const driver = await open();
    await driver.write(parsePath('a/x'), text('x'));
    const old = fake.store.find('root', 'data/a');
    assert.ok(old);
    old.isTrashed = true;
    const { code, retryable } = await failure(driver.write(parsePath('a/y'), text('y')));
    assert.deepEqual([code, retryable], ['UNAVAILABLE', true]);
    await driver.write(parsePath('a/y'), text('y'));
    assert.equal(fake.store.find('root', 'data/a/y')?.bytes?.toString(), 'y');
  });
});

describe('few requests', () => {
  const many = Array.from({ length: 60 }, (_, index) => parsePath(`files/md5/${(index % 12).toString(16).padStart(2, '0')}/${index}`));
  const fill = async (): Promise<DriveDriver> => {
    const driver = await open();
    for (const path of many.slice(0, 40)) await driver.write(path, text(path));
    return driver;
  };

  it('objects that are looked for together are asked for together', async () => {
    const driver = await fill();
    fake.requests.length = 0;
    const found = await Promise.allSettled(many.map(async (path) => await driver.stat(path)));
    assert.deepEqual(found.map(({ status }) => status), many.map((_, index) => (index < 40 ? 'fulfilled' : 'rejected')));
    assert.ok(fake.requests.length <= 8, `${fake.requests.length} requests for 60 objects`);
  });

  it('folders that are listed together are asked for together, whatever is in them', async () => {
    const driver = await fill();
    for (const most of [1000, 5]) {
      fake.mostPerPage = most;
      fake.requests.length = 0;
      const paths: string[] = [];
      for await (const entries of new Storage(driver).walk(parsePath('files'))) paths.push(...entries.map(({ path }) => path));
      assert.deepEqual(paths.sort(), many.slice(0, 40).map(String).sort());
      if (most === 1000) assert.ok(fake.requests.length <= 8, `${fake.requests.length} requests for 14 folders`);
    }
  });

  it('an account for which questions about several folders find nothing is noticed', async () => {
    await fill();
    fake.breaksGroups = true;
    const driver = await open();
    const found = await Promise.allSettled(many.map(async (path) => await driver.stat(path)));
    assert.deepEqual(found.map(({ status }) => status), many.map((_, index) => (index < 40 ? 'fulfilled' : 'rejected')));
    fake.requests.length = 0;
    await Promise.allSettled(many.map(async (path) => await driver.stat(path)));
    assert.equal(machine.asked(/^GET \/drive\/v3\/files\?/), 60);
  });

  it('an object is written by two requests where its folder is known, and read by two', async () => {
    const driver = await fill();
    fake.requests.length = 0;
    await driver.write(parsePath('files/md5/00/new'), text('new'));
    await readText(driver, parsePath('files/md5/00/new'));
    assert.deepEqual(fake.requests.map(({ method, path }) => `${method} ${path.replace(/1[\w-]{20,}/, 'ID')}`), ['GET /drive/v3/files', 'POST /upload/drive/v3/files', 'GET /drive/v3/files', 'GET /drive/v3/files/ID']);
  });
});
