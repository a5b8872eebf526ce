import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createStorageManager } from '../../src/clearml/index.ts';
import { inParallel } from '../../src/storage/in-parallel.ts';
import { openingIn } from '../lent.ts';

// A process of its own for clearml-cache.test.ts: it asks for copies of many URLs as soon as it is told to, and tells the md5 of each.
const [home = '', start = '0', how = '', ...urls] = process.argv.slice(2);
const opening = openingIn(home);
const manager = createStorageManager({ lent: { ...opening, env: { ...opening.env, PATH: process.env['PATH'] }, warn: ({ text }) => { console.error(text); } }, configFile: `${home}/clearml.conf`, cwd: home });
process.once('message', () => {
  void (async () => {
    // Each begins elsewhere, so that they meet at every URL.
    const mine = [...urls.slice(Number(start)), ...urls.slice(0, Number(start))];
    const copies = await inParallel(mine, 8, async (url) => [url, createHash('md5').update(readFileSync((await manager.getLocalCopy(url, { forceDownload: how === 'anew' })) ?? '')).digest('hex')]);
    await manager.close();
    process.send?.({ copies }, () => { process.disconnect(); });
  })();
});
process.send?.('ready');
