import { createStorageManager } from '../src/clearml/index.ts';
import { inParallel } from '../src/storage/in-parallel.ts';
import { openingIn } from '../test/lent.ts';

// What bench/clearml.ts measures, by ours: `clearml-tow SCENARIO JOBS URL...`
const [scenario = '', jobs = '1', url = '', count = '0', times = '1'] = process.argv.slice(2);
const home = process.env['HOME'] ?? '';
const opening = openingIn(home);
const manager = createStorageManager({ lent: { ...opening, env: { ...opening.env, PATH: process.env['PATH'] } }, configFile: `${home}/clearml.conf`, cwd: home });
if (scenario === 'copies') {
  const urls = Array.from({ length: Number(count) }, (_, at) => `${url}/${at}`);
  for (let time = 0; time < Number(times); time += 1) {
    await inParallel(urls, Number(jobs), async (one) => {
      if ((await manager.getLocalCopy(one)) === null) throw new Error(one);
    });
  }
} else if (scenario === 'list') {
  const names = await manager.list(url);
  if (names?.length !== Number(count)) throw new Error(`${names?.length ?? 'no'} names`);
}
await manager.close();
