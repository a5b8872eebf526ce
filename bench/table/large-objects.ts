import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { judgeProgram } from '../../test/judges.ts';
import { callS3 } from '../../test/servers/s3-bucket.ts';
import { measure, type Measured } from '../measure.ts';
import { thin } from '../scenarios.ts';
import { addRemote, makeRepository } from './files.ts';
import { type Bench, BUCKET, child, inPairs, placeIn, tow } from './place.ts';
import { ratioRow } from './row.ts';

const CURL = 'curl';

/** P10 to P12: one large object there and back. What is done with is removed at once: all of it together would be 40 GB. */
export async function playLargeObjects(bench: Bench, { large, md5, block }: { readonly large: string; readonly md5: string; readonly block: Buffer }): Promise<void> {
  const { amounts: { largeMiB }, stub } = bench;
  const key = `large/files/md5/${md5.slice(0, 2)}/${md5.slice(2)}`;
  await callS3(stub, { method: 'PUT', path: `/${BUCKET}/${key}`, headers: { 'x-stub-times': String(largeMiB), 'x-stub-md5': md5 }, body: block });
  const repository = await makeRepository(bench, placeIn(bench, 'large-objects'));
  addRemote(repository, 'large', { server: stub, prefix: 'large' });
  writeFileSync(join(repository, 'large.dvc'), `outs:\n- md5: ${md5}\n  size: ${largeMiB * 2 ** 20}\n  hash: md5\n  path: large\n`);
  await bench.sandbox.git(['add', '-A'], { cwd: repository });
  await bench.sandbox.git(['commit', '-qm', 'large'], { cwd: repository });
  await playDownload(bench, { repository, key, large });
  await playUpload(bench, large);
}

async function playDownload(bench: Bench, { repository, key, large }: { readonly repository: string; readonly key: string; readonly large: string }): Promise<void> {
  const { amounts: { rounds, largeMiB }, sandbox, stub, take } = bench;
  const what = `download ${largeMiB} MiB to disk`;
  const plain = await inPairs(rounds, async (round) => await moved(bench, ['get', stub.url, key, placeIn(bench, 'got', String(round))]).finally(() => { thin(placeIn(bench, 'got')); }),
    async (round) => await measure(sandbox, [CURL, '-s', '--create-dirs', '-o', placeIn(bench, 'curled', String(round)), `${stub.url}/${BUCKET}/${key}`], { cwd: sandbox.folder }).finally(() => { thin(placeIn(bench, 'curled')); }));
  take(ratioRow({ id: 'P10', what: `${what}, without hashing (a transfer alone, its start apart): CPU`, beside: '`curl -o`', most: 1 }, { pairs: plain, figure: 'cpuSeconds' }));
  take(ratioRow({ id: 'P10', what: 'the same: wall', beside: '' }, { pairs: plain, figure: 'wallSeconds' }));
  const hashed = await inPairs(rounds, async (round): Promise<Measured> => {
    await sandbox.git(['clone', '-q', repository, placeIn(bench, `large-${round}`)]);
    return await tow(bench, ['fetch', '-q', '-r', 'large'], { cwd: placeIn(bench, `large-${round}`) }).finally(() => { thin(placeIn(bench, `large-${round}`)); });
  }, async () => await measure(sandbox, [judgeProgram('openssl'), 'md5', large], { cwd: sandbox.folder }));
  take(ratioRow({ id: 'P11', what: `${what} and hash it (\`tow fetch\`): wall`, beside: '`openssl md5` of the file', most: 1.2 }, { pairs: hashed, figure: 'wallSeconds' }));
  take(ratioRow({ id: 'P11', what: 'the same: CPU', beside: '' }, { pairs: hashed, figure: 'cpuSeconds' }));
}

async function playUpload(bench: Bench, large: string): Promise<void> {
  const { amounts: { rounds, sentMiB }, authority, sandbox, secureStub, take } = bench;
  const sent = placeIn(bench, 'sent');
  await measure(sandbox, ['sh', '-c', `head -c ${sentMiB * 2 ** 20} '${large}' > '${sent}'`], { cwd: sandbox.folder });
  const pairs = await inPairs(rounds, async () => await moved(bench, ['put', secureStub.url, sent, authority]),
    async () => await measure(sandbox, [CURL, '-s', '--cacert', authority, '-T', sent, `${secureStub.url}/${BUCKET}/curl`], { cwd: sandbox.folder }));
  take(ratioRow({ id: 'P12', what: `upload ${sentMiB} MiB over TLS (the driver of S3 alone, its start apart): CPU`, beside: '`curl -T`', most: 1 }, { pairs, figure: 'cpuSeconds' }));
  take(ratioRow({ id: 'P12', what: 'the same: wall', beside: '' }, { pairs, figure: 'wallSeconds' }));
}

/** What moving took: the program of the test loads some 150 modules before, which one of the product's does not. */
async function moved(bench: Bench, words: readonly string[]): Promise<Measured> {
  const { said, peakMegabytes } = await child(bench, words);
  return { wallSeconds: said['seconds'] ?? NaN, cpuSeconds: (said['cpuMicroseconds'] ?? NaN) / 1e6, peakMegabytes };
}
