import { createHash } from 'node:crypto';
import { existsSync, writeFileSync } from 'node:fs';
import { median } from '../report.ts';
import { type Bench, child, FAR_MS, placeIn } from './place.ts';
import { absentRow, figureRow, short, type TableRow } from './row.ts';

/** As child.ts asks for. */
const SIZE = 10_240;
const WRK = '/usr/bin/wrk';
/** What the SDK of AWS needs for a key (issue 8's figure of the same listing). */
const SDK_MICROSECONDS = 12.7;

/** P8 and P13: the client of S3 alone, without files. */
export async function playRequests(bench: Bench): Promise<void> {
  for (const method of ['GET', 'PUT'] as const) bench.take(await asked(bench, method));
  await playListing(bench);
}

async function asked(bench: Bench, method: 'GET' | 'PUT'): Promise<TableRow> {
  const { amounts, sandbox, stub, folder } = bench;
  const subject = { id: 'P8', what: `${method} of 10 KiB, 64 at once, in a second`, beside: '`wrk -t1 -c64`', least: 0.4 };
  if (!existsSync(WRK)) return absentRow(subject, 'wrk is not installed (`apt-get install wrk`)');
  const put = placeIn(bench, 'put.lua');
  writeFileSync(put, `wrk.method = "PUT"\nwrk.body = string.rep("\\7", ${SIZE})\nwrk.headers["Content-MD5"] = "${createHash('md5').update(Buffer.alloc(SIZE, 7)).digest('base64')}"\n`);
  const [ratios, ours, theirs, costs]: number[][] = [[], [], [], []];
  for (let round = 0; round < amounts.rounds; round += 1) {
    const { said } = await child(bench, ['ask', method, stub.url, String(amounts.objects * 6)]);
    const ended = await sandbox.run(WRK, ['-t1', '-c64', '-d2s', ...(method === 'PUT' ? ['-s', put] : []), `${stub.url}/bench/ask/object`], { cwd: folder });
    const perSecond = Number(/Requests\/sec:\s*([\d.]+)/.exec(ended.stdout)?.[1]);
    ours?.push(said['perSecond'] ?? NaN);
    theirs?.push(perSecond);
    costs?.push(said['cpuMicroseconds'] ?? NaN);
    ratios?.push((said['perSecond'] ?? NaN) / perSecond);
  }
  return figureRow(subject, { seen: ratios ?? [], unit: '', figures: `${short(median(ours ?? []))} : ${short(median(theirs ?? []))} a second; our CPU ${short(median(costs ?? []))} us a request` });
}

async function playListing(bench: Bench): Promise<void> {
  const { amounts, stub, farStub, take } = bench;
  const url = `s3://made-${amounts.keys}`;
  const [costs, rates]: number[][] = [[], []];
  // The first makes the pages, on the server's time.
  await child(bench, ['list', stub.url, url, '64']);
  for (let round = 0; round < amounts.rounds; round += 1) costs?.push((await child(bench, ['list', stub.url, url, '1'])).said['cpuMicroseconds'] ?? NaN);
  take(figureRow({ id: 'P13', what: `list ${amounts.keys} keys, one page after the other: CPU of a key`, beside: `an eighth of the SDK of AWS (${SDK_MICROSECONDS} us)`, most: 1.5 }, { seen: costs ?? [], unit: ' us' }));
  await child(bench, ['list', farStub.url, url, '64']);
  for (let round = 0; round < amounts.rounds; round += 1) rates?.push((await child(bench, ['list', farStub.url, url, '64'])).said['perSecond'] ?? NaN);
  take(figureRow({ id: 'P13', what: `the same by first digits, 64 at once, ${FAR_MS} ms away: keys a second`, beside: '', least: 500_000 }, { seen: rates ?? [], unit: '', figures: 'server and client on the same cores' }));
}
