import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, describe, it } from 'node:test';
import { hasCode } from '../errors.ts';
import { nodeDisk } from './node.ts';
import { type PlaceOptions, placeFiles } from './place.ts';

const root = fs.mkdtempSync(join(tmpdir(), 'towline-place-'));
after(() => fs.rmSync(root, { recursive: true }));
let count = 0;
function fresh(): { readonly object: string; readonly empty: string; readonly work: string } {
  const folder = join(root, String(count += 1));
  const work = join(folder, 'work');
  fs.mkdirSync(work, { recursive: true });
  const [object, empty] = [join(folder, 'object'), join(folder, 'empty')];
  fs.writeFileSync(object, 'hello', { mode: 0o444 });
  fs.writeFileSync(empty, '', { mode: 0o444 });
  return { object, empty, work };
}
const options = (work: string, links: PlaceOptions['links']): PlaceOptions => ({ processors: 1, root: work, links });
const modeOf = (path: string): number => fs.lstatSync(path).mode & 0o777;

describe('placeFiles', () => {
  it('copies with the mode a new file gets, and the x bit of the owner where asked', async () => {
    const { object, work } = fresh();
    const was = process.umask(0o027);
    try {
      const { how } = await placeFiles(nodeDisk, [{ from: object, to: join(work, 'a') }, { from: object, to: join(work, 'deep/down/b'), executable: true }], options(work, ['reflink', 'copy']));

      assert.equal(how.length, 2);
      assert.deepEqual([modeOf(join(work, 'a')), modeOf(join(work, 'deep/down/b'))], [0o640, 0o740]);
      assert.equal(fs.readFileSync(join(work, 'deep/down/b'), 'utf8'), 'hello');
    } finally {
      process.umask(was);
    }
  });

  it('grows files in another folder, and beside their names where they cannot be moved from there', async () => {
    const { object, work } = fresh();
    const unfinished = join(work, 'unfinished');
    fs.mkdirSync(unfinished);
    const growing: string[] = [];
    const disk = { ...nodeDisk, create: (path: string, given?: object) => { growing.push(dirname(path)); return nodeDisk.create(path, given); } };
    const mounted = { ...disk, rename: (from: string, to: string) => {
      if (dirname(from) !== dirname(to)) throw Object.assign(new Error('EXDEV: cross-device link'), { code: 'EXDEV', syscall: 'rename' });
      nodeDisk.rename(from, to);
    } };
    const jobs = (...names: readonly string[]) => names.map((name) => ({ from: object, to: join(work, name) }));

    await placeFiles(disk, jobs('a'), { ...options(work, ['copy']), unfinished });
    const { how } = await placeFiles(mounted, jobs('b', 'c'), { ...options(work, ['copy']), unfinished });

    assert.deepEqual([growing, how], [[unfinished, unfinished, work, work], ['copy', 'copy']]);
    assert.deepEqual([fs.readdirSync(work).sort(), fs.readdirSync(unfinished)], [['a', 'b', 'c', 'unfinished'], []]);
  });

  it('gives copies of a shared cache to the group', async () => {
    const { object, work } = fresh();

    await placeFiles(nodeDisk, [{ from: object, to: join(work, 'a') }], { ...options(work, ['copy']), shared: true });

    assert.equal(modeOf(join(work, 'a')), 0o664);
  });

  it('hard-links and symlinks to the object itself, but makes empty and executable files anew', async () => {
    for (const link of ['hardlink', 'symlink'] as const) {
      const { object, empty, work } = fresh();
      const jobs = [{ from: object, to: join(work, 'a') }, { from: empty, to: join(work, 'empty') }, { from: object, to: join(work, 'run'), executable: true }];

      const { how } = await placeFiles(nodeDisk, jobs, options(work, [link]));

      assert.deepEqual(how, [link, link === 'hardlink' ? 'copy' : 'symlink', 'copy']);
      assert.equal(fs.statSync(join(work, 'a')).ino, fs.statSync(object).ino);
      assert.equal(modeOf(object), 0o444);
      assert.deepEqual((await placeFiles(nodeDisk, jobs, options(work, [link]))).how, how);
      assert.deepEqual(fs.readdirSync(work).sort(), ['a', 'empty', 'run']);
    }
  });

  it('replaces a file, a read-only file and a link, never what the link leads to', async () => {
    const { object, work } = fresh();
    fs.writeFileSync(join(work, 'file'), 'old', { mode: 0o400 });
    fs.writeFileSync(join(work, 'target'), 'kept');
    fs.symlinkSync('target', join(work, 'link'));

    const { errors } = await placeFiles(nodeDisk, ['file', 'link'].map((name) => ({ from: object, to: join(work, name) })), options(work, ['copy']));

    assert.deepEqual([...errors], []);
    assert.deepEqual(['file', 'link', 'target'].map((name) => fs.readFileSync(join(work, name), 'utf8')), ['hello', 'hello', 'kept']);
    assert.ok(!fs.lstatSync(join(work, 'link')).isSymbolicLink());
  });

  it('does not write through a linked folder that leads outside, nor above the root', async () => {
    const { object, work } = fresh();
    const outside = join(work, '../outside');
    fs.mkdirSync(outside);
    fs.mkdirSync(join(work, 'inside'));
    fs.symlinkSync('../outside', join(work, 'out'));
    fs.symlinkSync('inside', join(work, 'in'));
    fs.symlinkSync('../nowhere', join(work, 'broken'));
    const jobs = ['out/a', 'out/new/a', '../outside/a', 'broken/a', 'in/a', 'b'].map((name) => ({ from: object, to: `${work}/${name}` }));

    const { errors } = await placeFiles(nodeDisk, jobs, options(work, ['copy']));

    assert.deepEqual([...errors.keys()], [0, 1, 2, 3]);
    for (const error of errors.values()) assert.ok(hasCode(error, 'PERMISSION_DENIED'), error.message);
    assert.deepEqual(fs.readdirSync(outside), []);
    assert.deepEqual(fs.readdirSync(join(work, 'inside')), ['a']);
    assert.ok(!fs.existsSync(join(work, '../nowhere')));
  });

  it('says which object is missing and goes on with the rest', async () => {
    const { object, work } = fresh();
    fs.mkdirSync(join(work, 'folder'));

    const { errors } = await placeFiles(nodeDisk, [{ from: `${object}-absent`, to: join(work, 'a') }, { from: object, to: join(work, 'folder') }, { from: object, to: join(work, 'b') }], options(work, ['copy']));

    assert.ok(hasCode(errors.get(0), 'NOT_FOUND'));
    assert.ok(hasCode(errors.get(1), 'INVALID_ARGUMENT'));
    assert.deepEqual(fs.readdirSync(work).sort(), ['b', 'folder']);
  });

  it('tries the types of link in order, each refused one once', async () => {
    const { object, work } = fresh();
    const asked: string[] = [];
    const disk = { ...nodeDisk, link: (_from: string, _to: string, how: string) => { asked.push(how); throw Object.assign(new Error('EOPNOTSUPP: not supported'), { code: 'EOPNOTSUPP', syscall: 'link' }); } };
    const jobs = ['a', 'b'].map((name) => ({ from: object, to: join(work, name) }));

    assert.deepEqual((await placeFiles(disk, jobs, options(work, ['reflink', 'hardlink', 'copy']))).how, ['copy', 'copy']);
    assert.deepEqual(asked, ['reflink', 'hardlink']);
    const { errors } = await placeFiles(disk, jobs, options(work, ['symlink']));
    assert.ok(hasCode(errors.get(1), 'UNSUPPORTED') && errors.get(1)?.message.includes('symlink'));
  });
});
