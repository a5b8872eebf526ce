import { measure, type Measured } from '../measure.ts';
import { makeFiles, makeRepository } from './files.ts';
import { type Bench, placeIn, tow } from './place.ts';
import { type Pair, ratioRow } from './row.ts';

/** P14: what is left when there is nothing to do. */
export async function playStarting(bench: Bench): Promise<void> {
  const repository = await makeRepository(bench, placeIn(bench, 'small'));
  makeFiles(placeIn(bench, 'small', 'data'), 10, () => 100);
  await tow(bench, ['add', 'data'], { cwd: repository });
  const node = async (): Promise<Measured> => await measure(bench.sandbox, [process.execPath, '-e', '0'], { cwd: repository });
  const versions: Pair[] = [];
  const statuses: Pair[] = [];
  for (let round = 0; round < bench.amounts.moments * 3; round += 1) {
    const nothing = await node();
    versions.push([await tow(bench, ['--version'], { cwd: repository }), nothing]);
    statuses.push([await tow(bench, ['status'], { cwd: repository }), nothing]);
  }
  for (const [what, most, pairs] of [['`tow --version`', 1.2, versions], ['`tow status` in a repository of 10 files', 1.6, statuses]] as const) {
    bench.take(ratioRow({ id: 'P14', what: `${what}: wall`, beside: '`node -e 0`', most }, { pairs, figure: 'wallSeconds' }));
    bench.take(ratioRow({ id: 'P14', what: `${what}: CPU`, beside: '`node -e 0`', most }, { pairs, figure: 'cpuSeconds' }));
  }
}
