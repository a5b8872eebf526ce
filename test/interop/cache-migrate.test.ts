import assert from 'node:assert/strict';
import { chmodSync, existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe } from 'node:test';
import { whyMissing } from '../judges.ts';
import { tow } from '../servers/tow.ts';
import { append, edit, erase, files } from './changes.ts';
import { DATA, listing, LOCK, md5, objectPath, PIPELINE, putDvc2, WINDOWS } from './dvc-2.ts';
import type { Change } from './story.ts';
import { twinTests } from './twins.ts';

describe('cache migrate as DVC has it', { skip: whyMissing('dvc') ?? false }, () => {
  const { both, dvc } = twinTests();

  both('of objects and entries of DVC 2, with what a pipeline made', async (twins) => {
    twins.change(legacy(DATA), files({ 'dvc.yaml': PIPELINE, copied: DATA.single }), files({ 'dvc.lock': LOCK }));
    await twins.run(['cache', 'migrate', '--dry', '--dvc-files']);
    for (const args of [['cache', 'migrate'], ['cache', 'migrate']]) await twins.run(args);
    const [ours, theirs] = await twins.say(['cache', 'migrate', '--dvc-files']);
    assert.deepEqual(sorted(ours), sorted(theirs));
    // DVC notes a run of the pipeline, too, which nobody has run; a listing is written, not linked.
    const [left, right] = [twins.tow, twins.dvc].map((twin) => Object.fromEntries(Object.entries(twin.picture()).flatMap(([path, line]) => (path.includes('cache/runs/') ? [] : [[path, path.endsWith('.dir') ? line.replace('hardlink ', '') : line]]))));
    assert.deepEqual(left, right);
    await twins.run(['status']);
    await twins.run(['cache', 'migrate', '--dvc-files', '--dry']);
    const [link, old] = ['files/md5/', ''].map((top) => statSync(join(twins.tow.root, '.dvc/cache', `${top}${objectPath(md5(DATA.single))}`)));
    assert.equal(link?.ino, old?.ino, 'linked, not copied');
  });

  both('of text with the line ends of Windows: what is in the cache needs no workspace, and no listing names what is not there', async (twins) => {
    twins.change(legacy(WINDOWS));
    await twins.run(['cache', 'migrate', '-q']);
    const cache = join(twins.tow.root, '.dvc/cache/files/md5');
    assert.deepEqual(tree(cache).filter((path) => path.endsWith('.dir')), [`${objectPath(md5(listing(WINDOWS, md5)))}.dir`]);

    // DVC leaves an entry that it cannot read any more where the workspace lacks a file.
    twins.change(erase('single'), erase('data'));
    const ended = await tow(twins.tow.sandbox, ['cache', 'migrate', '--dvc-files'], { cwd: twins.tow.root });
    assert.equal(ended.status, 0, ended.stderr);
    const read = await dvc(twins.tow, ['checkout']);
    assert.equal(read.status, 0, read.stderr);
    for (const [path, text] of Object.entries(WINDOWS)) assert.equal(twins.tow.read(path), text);
    assert.equal((await dvc(twins.tow, ['status'])).stdout, 'Data and pipelines are up to date.\n');
  });

  both('leaves what is damaged, or nowhere, as it is, and says so', async (twins) => {
    twins.change(legacy(DATA), append('data/text', 'changed'), erase('single'));
    const { root } = twins.tow;
    const damaged = join(root, '.dvc/cache', objectPath(md5(DATA.single)));
    chmodSync(damaged, 0o644);
    writeFileSync(damaged, 'siNgle\n');
    const before = ['single.dvc', 'data.dvc'].map(twins.tow.read);

    const ended = await tow(twins.tow.sandbox, ['cache', 'migrate', '--dvc-files'], { cwd: root });
    assert.equal(ended.status, 1);
    assert.match(ended.stderr, new RegExp(`'${md5(DATA.single)}' in the cache of DVC 2 is damaged`));
    assert.match(ended.stderr, /'single' \(.*\): its entry in 'single.dvc' stays/);
    assert.equal(twins.tow.read('single.dvc'), before[0]);
    assert.equal(twins.tow.read('data.dvc'), `${before[1] ?? ''}  hash: md5\n`, 'what was recorded, not what has changed since');
    assert.equal(existsSync(join(root, '.dvc/cache/files/md5', objectPath(md5('siNgle\n')))), false);
    twins.change(edit('data/text', () => DATA['data/text']));
  });
});

const legacy = (contents: typeof DATA): Change => ({ change: (root) => putDvc2(root, contents) });
const sorted = (lines: readonly string[] | undefined): readonly string[] | undefined => lines?.map((line) => line.split(' ').toSorted().join(' ')).toSorted();
const tree = (folder: string): readonly string[] => readdirSync(folder, { recursive: true, withFileTypes: true }).filter((one) => one.isFile()).map((one) => join(one.parentPath, one.name).slice(folder.length + 1));
