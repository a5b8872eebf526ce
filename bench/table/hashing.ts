import { availableParallelism } from 'node:os';
import { judgeProgram } from '../../test/judges.ts';
import { measure } from '../measure.ts';
import { bundled } from './bundled.ts';
import { type Bench, child, inPairs, placeIn, script } from './place.ts';
import { ratioRow } from './row.ts';

/** P1 and P2: nothing but reading and hashing. */
export async function playHashing(bench: Bench, { large, files }: { readonly large: string; readonly files: string }): Promise<void> {
  const { amounts, take } = bench;
  const program = await bundled('hash-child.js', placeIn(bench, 'bundled'));
  const one = await inPairs(amounts.rounds, async () => await child(bench, [large], program), async () => await measure(bench.sandbox, [judgeProgram('openssl'), 'md5', large], { cwd: bench.folder }));
  take(ratioRow({ id: 'P1', what: `hash one file of ${amounts.largeMiB} MiB: CPU`, beside: '`openssl md5`', most: 1.05 }, { pairs: one, figure: 'cpuSeconds' }));
  // Whoever is the first to read new files finds the system's own memory of them cold.
  await script(bench, `find '${files}' -type f -print0 | xargs -0 md5sum >/dev/null`);
  const many = await inPairs(amounts.rounds, async () => await child(bench, [files], program), async () => await script(bench, `find '${files}' -type f -print0 | xargs -0 -P${availableParallelism()} -n 2000 md5sum >/dev/null`));
  const what = `walk and hash ${amounts.files} files of 1 to 16 KiB`;
  const beside = `\`find\` and \`xargs -P${availableParallelism()} md5sum\``;
  take(ratioRow({ id: 'P2', what: `${what}: CPU`, beside, most: 0.85 }, { pairs: many, figure: 'cpuSeconds' }));
  take(ratioRow({ id: 'P2', what: `${what}: wall`, beside, most: 1 }, { pairs: many, figure: 'wallSeconds' }));
}
