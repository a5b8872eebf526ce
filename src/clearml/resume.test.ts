import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { openingIn } from '../../test/lent.ts';
import { removeFolder, temporaryFolder } from '../../test/servers/server.ts';
import { createStorageManager } from './storage-manager.ts';

const SIZE = 40 << 20;
const home = temporaryFolder('clearml-resume');
const cache = join(home, 'cache');
const asked: string[] = [];
const object = { fill: 'a', refuses: false };

/** How many parts the journal knows to be here. */
function partsNoted(): number {
  const folder = join(cache, 'towline/journal');
  if (!existsSync(folder)) return 0;
  return readdirSync(folder).reduce((sum, name) => sum + (JSON.parse(readFileSync(join(folder, name), 'utf8')) as { readonly parts: readonly unknown[] }).parts.length, 0);
}

/** Keeps one object; where it is told to, it refuses the last part as soon as another has arrived. */
const server = createServer((request, response) => {
  void (async () => {
    const [, start, end] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
    const headers = { etag: `"${object.fill}"`, 'accept-ranges': 'bytes' };
    if (start === undefined || end === undefined) return void response.writeHead(200, { ...headers, 'content-length': SIZE }).end(request.method === 'HEAD' ? undefined : Buffer.alloc(SIZE, object.fill));
    asked.push(`${start}-${end}`);
    if (object.refuses && Number(end) === SIZE - 1) {
      while (partsNoted() === 0) await pause(5);
      return void response.writeHead(403).end();
    }
    const length = Number(end) - Number(start) + 1;
    return void response.writeHead(206, { ...headers, 'content-length': length, 'content-range': `bytes ${start}-${end}/${SIZE}` }).end(Buffer.alloc(length, object.fill));
  })();
});
before(async () => { await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); }); });
after(() => {
  server.closeAllConnections();
  server.close();
  removeFolder(home);
});

test('a large download goes on where it stopped, but never with the parts of another object', { timeout: 60_000 }, async () => {
  writeFileSync(join(home, 'clearml.conf'), '');
  const opening = openingIn(home);
  const manager = createStorageManager({ lent: { ...opening, env: { ...opening.env, PATH: process.env['PATH'] } }, configFile: join(home, 'clearml.conf'), cacheDir: cache, cwd: home });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/large.bin`;
  const fetched = async (): Promise<string | undefined> => {
    const path = await manager.getLocalCopy(url, { forceDownload: true });
    const bytes = path === null ? undefined : readFileSync(path);
    return bytes?.equals(Buffer.alloc(SIZE, object.fill)) === true ? object.fill : bytes?.toString('latin1', 0, 1);
  };
  Object.assign(object, { refuses: true });
  assert.equal(await fetched(), undefined);
  const first = asked.splice(0);
  Object.assign(object, { refuses: false });
  assert.equal(await fetched(), 'a');
  const second = asked.splice(0);
  assert.ok(first.length > 1 && second.length < first.length, `${String(first)} then ${String(second)}`);

  Object.assign(object, { refuses: true });
  assert.equal(await fetched(), undefined);
  asked.splice(0);
  Object.assign(object, { refuses: false, fill: 'b' });
  assert.equal(await fetched(), 'b');
  assert.equal(asked.length, first.length);
  await manager.close();
});
