import { join } from 'node:path';
import { median } from '../report.ts';
import { makeRepository } from './files.ts';
import { type Bench, inPairs, placeIn, script, tow } from './place.ts';
import { type Pair, ratioRow, figureRow } from './row.ts';

/** P3 to P5: a large folder is added, and looked at again. */
export async function playAdding(bench: Bench, files: string): Promise<void> {
  const { amounts, take } = bench;
  const what = `of ${amounts.files} files of 1 to 16 KiB`;
  const copied: Pair[] = [];
  const linked: Pair[] = [];
  let repository = '';
  for (let round = 1; round <= amounts.rounds; round += 1) {
    repository = await makeRepository(bench, placeIn(bench, `add-${round}`));
    // What makes our data is their time as well.
    const [pair] = await inPairs(1, async () => {
      await script(bench, `cp -r '${files}' '${repository}/data'`);
      return await tow(bench, ['add', 'data'], { cwd: repository });
    }, async () => await script(bench, `cp -r '${files}' '${placeIn(bench, `copied-${round}`)}' && find '${files}' -type f -print0 | xargs -0 md5sum >/dev/null`));
    if (pair) copied.push(pair);
    const links = await makeRepository(bench, placeIn(bench, `link-${round}`), '[cache]\n    type = hardlink\n');
    await script(bench, `cp -r '${files}' '${links}/data'`);
    linked.push(...await inPairs(1, async () => await tow(bench, ['add', 'data'], { cwd: links }), async () => await script(bench, `find '${files}' -type f -print0 | xargs -0 md5sum >/dev/null`)));
  }
  take(ratioRow({ id: 'P3', what: `\`add\` ${what}, copies in the cache: wall`, beside: '`cp -r`, then `find` and `md5sum`', most: 0.75 }, { pairs: copied, figure: 'wallSeconds' }));
  take(ratioRow({ id: 'P3', what: 'the same: CPU', beside: '' }, { pairs: copied, figure: 'cpuSeconds' }));
  take(ratioRow({ id: 'P4', what: `\`add\` ${what}, hard links in the cache: wall`, beside: '`find` and `md5sum`', most: 1.4 }, { pairs: linked, figure: 'wallSeconds' }));
  take(ratioRow({ id: 'P4', what: 'the same: CPU', beside: '' }, { pairs: linked, figure: 'cpuSeconds' }));
  await playStatus(bench, { repository, files, what });
}

async function playStatus(bench: Bench, { repository, files, what }: { readonly repository: string; readonly files: string; readonly what: string }): Promise<void> {
  const { amounts, sandbox, take } = bench;
  const tracked = placeIn(bench, 'git');
  await sandbox.git(['init', '-q', tracked]);
  const words = ['--git-dir', join(tracked, '.git'), '--work-tree', files];
  await sandbox.git([...words, 'add', '-A'], { timeoutSeconds: 600 });
  const git = async (): Promise<Pair[0]> => await script(bench, `git ${words.map((word) => `'${word}'`).join(' ')} status --porcelain >/dev/null`);
  const status = async (): Promise<Pair[0]> => await tow(bench, ['status'], { cwd: repository });
  // Who looks first writes down what it saw.
  await git();
  await status();
  const pairs = await inPairs(amounts.moments, status, git);
  take(ratioRow({ id: 'P5', what: `\`status\` ${what}, unchanged: wall`, beside: '`git status`', most: 2 }, { pairs, figure: 'wallSeconds' }));
  take(ratioRow({ id: 'P5', what: 'the same: CPU', beside: '' }, { pairs, figure: 'cpuSeconds' }));
  take(figureRow({ id: 'P5', what: 'the same: seconds', beside: '', most: 0.35 }, { seen: pairs.map(([{ wallSeconds }]) => wallSeconds), unit: ' s', figures: `CPU ${median(pairs.map(([{ cpuSeconds }]) => cpuSeconds)).toFixed(2)} s` }));
}
