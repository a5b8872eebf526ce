/** Product code that no command is just the same as, in a process of its own that is measured from outside: `child.js FILE WHAT ...`. What it saw itself goes to FILE. */
import { createHash } from 'node:crypto';
import { statSync, writeFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { s3 } from '../../src/drivers/s3/index.ts';
import { openFolder } from '../../src/odb/open.ts';
import type { Driver } from '../../src/storage/driver.ts';
import { fromFile } from '../../src/storage/file-source.ts';
import { inParallel } from '../../src/storage/in-parallel.ts';
import { parsePath } from '../../src/storage/path.ts';
import { quickOf } from '../../src/storage/quick.ts';
import { fromBytes } from '../../src/storage/source.ts';
import { Storage } from '../../src/storage/storage.ts';
import { transferOne } from '../../src/storage/transfer/transfer.ts';
import { openDriver, openingIn } from '../../test/lent.ts';

const [file = '', what = '', ...words] = process.argv.slice(2);
/** Of the object that is asked for. */
const ASKED_BYTES = 10_240;
type Said = Readonly<Record<string, number>>;
const works: Readonly<Record<string, (...words: readonly string[]) => Promise<Said>>> = { ask, list, get, put };

/** So many requests for a small object, 64 at once. */
async function ask(method = 'GET', endpoint = '', count = '0'): Promise<Said> {
  const driver = await opened(endpoint, 's3://bench/ask');
  const { read, write } = quickOf(driver);
  const path = parsePath('object');
  const bytes = Buffer.alloc(ASKED_BYTES, 7);
  // As for every object of a push it is known beforehand.
  const md5 = createHash('md5').update(bytes).digest('hex');
  await driver.write?.(path, fromBytes(bytes));
  const one = async (): Promise<void> => {
    const isDone = method === 'GET' ? (await read?.(path, {}))?.bytes?.byteLength === bytes.byteLength : await write?.(path, bytes, { md5 });
    if (isDone !== true) throw new Error(`a ${method} was not answered as it should be`);
  };
  return await timed(Number(count), async () => { await inParallel(Array.from({ length: Number(count) }), 64, one); });
}

/** All keys of a bucket, by their first two digits side by side, or by none. */
async function list(endpoint = '', url = '', jobs = '1'): Promise<Said> {
  const driver = await opened(endpoint, url);
  let count = 0;
  // As objects are looked for.
  const take = (): void => { count += 1; };
  const below = async (startsWith: string): Promise<void> => {
    for (let cursor: string | undefined, isFirst = true; isFirst || cursor !== undefined; isFirst = false) {
      const page = await quickOf(driver).list?.(parsePath('files/md5'), { startsWith, take, ...(cursor !== undefined && { cursor }) });
      if (page === undefined) throw new Error(`${url} gave no page`);
      cursor = page.cursor;
    }
  };
  const shards = jobs === '1' ? [''] : Array.from({ length: 256 }, (_, index) => index.toString(16).padStart(2, '0'));
  const said = await timed(1, async () => { await inParallel(shards, Number(jobs), below); });
  return { count, perSecond: count / (said['seconds'] ?? 0), cpuMicroseconds: (said['cpuMicroseconds'] ?? 0) / count };
}

/** One object to a file, by the way of every transfer but without a digest to expect. */
async function get(endpoint = '', path = '', to = ''): Promise<Said> {
  const from = new Storage(await opened(endpoint, 's3://bench'));
  const folder = await openFolder(dirname(to), openingIn(dirname(file)), { isShared: false, links: [] });
  const entry = await from.driver.stat(parsePath(path));
  return await timed(1, async () => {
    const { error } = await transferOne(folder, { source: from.source(entry), to: parsePath(basename(to)) });
    if (error) throw error;
  });
}

/** One PUT of a file. */
async function put(endpoint = '', path = '', authority = ''): Promise<Said> {
  const driver = await opened(endpoint, 's3://bench/put', { ssl_verify: authority });
  const { size } = statSync(path);
  return await timed(1, async () => { await driver.write?.(parsePath('large'), fromFile(path, size)); });
}

async function opened(endpoint: string, url: string, settings: Readonly<Record<string, string>> = {}): Promise<Driver> {
  return await openDriver(s3, url, { home: dirname(file), settings: { endpointurl: endpoint, region: 'us-east-1', access_key_id: 'stub', secret_access_key: 'stub-secret', ...settings } });
}

async function timed(count: number, act: () => Promise<void>): Promise<Said> {
  const [begun, used] = [performance.now(), process.cpuUsage()];
  await act();
  const { user, system } = process.cpuUsage(used);
  const seconds = (performance.now() - begun) / 1000;
  return { seconds, perSecond: count / seconds, cpuMicroseconds: (user + system) / count };
}

writeFileSync(file, JSON.stringify(await works[what]?.(...words)));
process.exit();
