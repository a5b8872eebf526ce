import assert from 'node:assert/strict';
import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { describe } from 'node:test';
import { whyMissing } from '../judges.ts';
import { append, edit, files, write } from './changes.ts';
import { twinTests } from './twins.ts';

const DATA = { 'data/a': 'one\n', 'data/sub/b': 'two\n', single: 'single\n' };
const PROJECT = 'stages:\n  # what it is for\n  train:\n    cmd: cp single out\n    deps: [single]\n    outs:\n    - out\n  other:\n    cmd: \'true\' # why\n';

describe('small commands as DVC has them', { skip: whyMissing('dvc') ?? false }, () => {
  const { both } = twinTests();

  both('freeze and unfreeze of a .dvc file', async (twins) => {
    twins.change(files(DATA));
    await twins.run(['add', '-q', 'data', 'single']);
    twins.change(edit('single.dvc', (text) => `# mine\n${text}`));
    await twins.run(['freeze', 'single.dvc']);
    await twins.agree();
    await twins.run(['freeze', 'single.dvc', 'data.dvc']);
    await twins.run(['unfreeze', 'single.dvc']);
    await twins.agree();
  });

  both('freeze and unfreeze of a stage', async (twins) => {
    twins.change(files({ single: 'single\n', 'dvc.yaml': PROJECT }));
    await twins.run(['freeze', 'train']);
    await twins.agree();
    await twins.run(['unfreeze', 'train']);
    await twins.run(['freeze', 'other', 'train']);
    await twins.agree();
  });

  both('freeze of what is no stage changes nothing', async (twins) => {
    twins.change(files({ single: 'single\n', 'dvc.yaml': PROJECT }));
    await twins.refuse(['freeze', 'nobody.dvc']);
  });

  for (const type of ['hardlink', 'symlink', 'copy']) {
    both(`unprotect of ${type === 'copy' ? 'copies' : `${type}s`}`, async (twins) => {
      twins.change(append('.dvc/config', `[cache]\n    type = ${type}\n`), files(DATA));
      await twins.run(['add', '-q', 'data', 'single']);
      await twins.run(['unprotect', 'single', 'data']);
      for (const path of ['single', 'data/a', 'data/sub/b']) {
        const [ours, theirs] = [twins.tow, twins.dvc].map(({ root }) => lstatSync(join(root, path)));
        assert.deepEqual([ours?.isFile(), ours?.nlink, (ours?.mode ?? 0) & 0o200], [theirs?.isFile(), theirs?.nlink, 0o200], path);
      }
      twins.change(write('data/a', 'changed\n'));
      await twins.run(['status']);
    });
  }

  both('cache dir', async (twins) => {
    const { ours, theirs } = await twins.run(['cache', 'dir']);
    assert.equal(ours.stdout, theirs.stdout);
    twins.change(files({ 'sub/x': 'x' }));
    await twins.run(['cache', 'dir', '../elsewhere'], { below: 'sub' });
    await twins.run(['cache', 'dir']);
    await twins.run(['cache', 'dir', '--local', 'TOP/far']);
    await twins.run(['cache', 'dir', '--local']);
    await twins.run(['cache', 'dir', '--project']);
    await twins.agree();
    await twins.run(['cache', 'dir', '-u', '--local']);
    await twins.run(['cache', 'dir']);
    await twins.run(['cache', 'dir', '-u']);
    await twins.run(['cache', 'dir']);
    const { ours: refused } = await twins.run(['cache', 'dir', '-u'], { ends: 251 });
    assert.match(refused.stderr, /option 'dir' doesn't exist in section 'cache'/);
  });
});
