import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { confirmInThreads } from './confirm-in-threads.ts';
import { type Confirmed, scan } from './scan.ts';

const root = fs.mkdtempSync(join(tmpdir(), 'towline-confirm-'));
after(() => fs.rmSync(root, { recursive: true }));
let count = 0;

/** Folders of a hundred files each, one of them below others, and what is not worth a thread. */
function fresh(suffix = ''): string {
  const folder = join(root, String(count += 1));
  for (const name of ['a', 'b', 'b-c', 'deep/er/c', 'd']) {
    fs.mkdirSync(join(folder, name), { recursive: true });
    for (let file = 0; file < 100; file += 1) fs.writeFileSync(join(folder, name, `${file}${suffix}`), name);
  }
  fs.mkdirSync(join(folder, 'few'));
  fs.writeFileSync(join(folder, 'few/one'), '');
  fs.writeFileSync(join(folder, 'top'), '');
  return folder;
}

async function confirm(folder: string, known = scan(folder), change: () => void = () => undefined): Promise<{ readonly confirmed: Confirmed; readonly known: typeof known }> {
  change();
  const confirmed = await confirmInThreads(folder, known, { processors: 2 });
  assert.ok(confirmed);
  return { confirmed, known };
}

const FOLDERS = ['', 'a', 'b', 'b-c', 'd', 'deep', 'deep/er', 'deep/er/c', 'few'];
const namesOf = ({ rowsIn }: Confirmed): readonly string[] => FOLDERS.filter((folder) => rowsIn(folder) !== undefined);

describe('confirming in threads', () => {
  for (const [what, suffix] of [['plain', ''], ['of Latin-1', '\u00e9'], ['beyond it', '\u0142\u{1f6a2}']] as const) {
    it(`finds every folder of some size as it was, and spares the scan to enter it; names ${what}`, async () => {
      const folder = fresh(suffix);

      const { confirmed, known } = await confirm(folder);

      assert.deepEqual(namesOf(confirmed), ['a', 'b', 'b-c', 'd', 'deep']);
      const entered: string[] = [];
      const rows = scan(folder, { known, confirmed, within: (below) => { entered.push(below); return () => true; } });
      assert.deepEqual(entered, ['', 'few']);
      assert.deepEqual(rows, known);
      assert.equal(rows.size, known.size);
    });
  }

  const changes: Readonly<Record<string, (folder: string) => void>> = {
    'a file that has grown': (folder) => fs.appendFileSync(join(folder, '1'), 'x'),
    'a file of another time': (folder) => fs.utimesSync(join(folder, '1'), 1, 1),
    'a file put in place of another': (folder) => { fs.writeFileSync(join(folder, '../new'), fs.readFileSync(join(folder, '1'))); fs.renameSync(join(folder, '../new'), join(folder, '1')); },
    'a file more': (folder) => fs.writeFileSync(join(folder, '1-'), ''),
    'the last file more': (folder) => fs.writeFileSync(join(folder, 'z'), ''),
    'a file less': (folder) => fs.rmSync(join(folder, '1')),
    'the last file less': (folder) => fs.rmSync(join(folder, '99')),
    'a folder more': (folder) => { fs.mkdirSync(join(folder, 'new')); fs.writeFileSync(join(folder, 'new/file'), ''); },
    'a linked folder': (folder) => fs.symlinkSync('..', join(folder, 'up')),
    'a link that leads nowhere': (folder) => fs.symlinkSync('nowhere', join(folder, 'broken')),
    'an ignore file': (folder) => fs.writeFileSync(join(folder, '.dvcignore'), '*'),
    'a repository of its own': (folder) => fs.mkdirSync(join(folder, '.dvc')),
    'nothing left': (folder) => fs.rmSync(folder, { recursive: true }),
    'a file in its place': (folder) => { fs.rmSync(folder, { recursive: true }); fs.writeFileSync(folder, ''); },
  };
  for (const [what, change] of Object.entries(changes)) for (const name of ['b', 'deep/er/c']) {
    it(`does not confirm a folder with ${what}, ${name}, nor do the others suffer`, async () => {
      const folder = fresh();

      const { confirmed } = await confirm(folder, scan(folder), () => { change(join(folder, name)); });

      assert.deepEqual(namesOf(confirmed), ['a', 'b', 'b-c', 'd', 'deep'].filter((one) => one !== name.split('/')[0]));
    });
  }

  it('leaves a scan with what it sees without it, where some of it has changed', async () => {
    const folder = fresh();

    const { confirmed, known } = await confirm(folder, scan(folder), () => {
      fs.rmSync(join(folder, 'b/5'));
      fs.rmSync(join(folder, 'd'), { recursive: true });
      fs.writeFileSync(join(folder, 'a new one'), '1');
    });

    const [rows, afresh] = [scan(folder, { known, confirmed }), scan(folder)];
    assert.deepEqual({ ...rows, names: [...rows.names] }, { ...afresh, names: [...afresh.names] });
  });

  it('does not believe what was confirmed of a folder that has gone since', async () => {
    const folder = fresh();
    const { confirmed, known } = await confirm(folder);
    fs.rmSync(join(folder, 'b'), { recursive: true });

    const rows = scan(folder, { known, confirmed });

    assert.deepEqual([...rows.names], [...known.names].filter((name) => !name.startsWith('b/')));
  });

  it('takes a large folder apart', async () => {
    const folder = join(root, String(count += 1));
    for (let one = 0; one < 17; one += 1) {
      fs.mkdirSync(join(folder, `all/${one}`), { recursive: true });
      for (let file = 0; file < 1000; file += 1) fs.writeFileSync(join(folder, `all/${one}/${file}`), '');
    }

    const { confirmed, known } = await confirm(folder);

    assert.deepEqual([confirmed.rowsIn('all'), Array.from({ length: 17 }, (_, one) => confirmed.rowsIn(`all/${one}`)).filter((range) => range === undefined)], [undefined, []]);
    assert.deepEqual(scan(folder, { known, confirmed }), known);
  });

  it('is not for one processor', async () => {
    const folder = fresh();

    assert.equal(await confirmInThreads(folder, scan(folder), { processors: 1 }), undefined);
  });
});
