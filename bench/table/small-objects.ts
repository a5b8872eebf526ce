import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { S3Server } from '../../test/servers/server.ts';
import type { Measured } from '../measure.ts';
import { addRemote, makeFiles, makeRepository } from './files.ts';
import { type Peer, peersHere, rclone, slowPeers } from './peers.ts';
import { type Bench, BUCKET, FAR_MS, inPairs, placeIn, script, tow } from './place.ts';
import { figureRow, type Pair, ratioRow, short } from './row.ts';

const BYTES = 10_240;
/** What a client can do there that has 256 requests under way and needs no time of its own. */
const FAR_LIMIT = 256 / (FAR_MS / 1000);

/** P7, P9, P15 and P16: many small objects to a server and back. */
export async function playSmallObjects(bench: Bench): Promise<void> {
  const { amounts, stub, secureStub, farStub, authority } = bench;
  const repository = await makeRepository(bench, placeIn(bench, 'objects'));
  for (let round = 1; round <= amounts.rounds; round += 1) {
    for (const { name } of peersHere()) addRemote(repository, `${name}-${round}`, { server: stub, prefix: `beside-${name}-${round}` });
    addRemote(repository, `secure-${round}`, { server: secureStub, prefix: `secure-${round}`, authority });
    addRemote(repository, `far-${round}`, { server: farStub, prefix: `far-${round}` });
  }
  makeFiles(join(repository, 'data'), amounts.objects, () => BYTES);
  await tow(bench, ['add', 'data'], { cwd: repository });
  await bench.sandbox.git(['add', '-A'], { cwd: repository });
  await bench.sandbox.git(['commit', '-qm', 'data'], { cwd: repository });
  const pushed = await playPush(bench, repository);
  await playFar(bench, repository);
  const fetched = await playFetch(bench, repository);
  for (const [verb, measured] of [['push', pushed], ['fetch', fetched]] as const) {
    bench.take(figureRow({ id: 'P15', what: `${verb} of ${amounts.objects} objects of 10 KiB: memory`, beside: '', most: 120 }, { seen: measured.map(({ peakMegabytes }) => peakMegabytes), unit: ' MB' }));
  }
}

async function playPush(bench: Bench, repository: string): Promise<readonly Measured[]> {
  const { amounts, stub, secureStub, take } = bench;
  const cache = join(repository, '.dvc/cache/files/md5');
  const all: Measured[] = [];
  const beside = async (peer: Peer, server: S3Server, remote: string): Promise<readonly Pair[]> => await inPairs(amounts.rounds,
    async (round) => await tow(bench, ['push', '-q', '-r', `${remote}-${round}`], { cwd: repository }), async (round) => await peer.upload({ bench, server }, cache, `${BUCKET}/${peer.name}-${remote}-${round}`));
  for (const peer of peersHere()) {
    const pairs = await beside(peer, stub, peer.name);
    all.push(...pairs.map(([ours]) => ours));
    take(ratioRow({ id: 'P7', what: `push ${amounts.objects} objects of 10 KiB: CPU of an object`, beside: peer.name, most: 0.2 }, { pairs, figure: 'cpuSeconds', objects: amounts.objects }));
    take(ratioRow({ id: 'P7', what: 'the same: wall', beside: peer.name, most: 1 }, { pairs, figure: 'wallSeconds' }));
  }
  const [ours] = all;
  for (const { name, upload } of slowPeers) {
    const theirs = ours && (await upload({ bench, server: stub }, cache, `${BUCKET}/${name.slice(0, name.indexOf(' '))}`));
    if (ours && theirs) take(ratioRow({ id: 'P7', what: 'the same: CPU of an object, once', beside: name }, { pairs: [[ours, theirs]], figure: 'cpuSeconds', objects: amounts.objects }));
  }
  const secure = await beside(rclone, secureStub, 'secure');
  take(ratioRow({ id: 'P7', what: 'the same over TLS: CPU of an object', beside: 'rclone', most: 0.3 }, { pairs: secure, figure: 'cpuSeconds', objects: amounts.objects }));
  return all;
}

async function playFar(bench: Bench, repository: string): Promise<void> {
  const { amounts, take } = bench;
  const rates: number[] = [];
  for (let round = 1; round <= amounts.rounds; round += 1) rates.push(amounts.objects / (await tow(bench, ['push', '-q', '-r', `far-${round}`], { cwd: repository })).wallSeconds);
  take(figureRow({ id: 'P16', what: `push ${amounts.objects} objects of 10 KiB ${FAR_MS} ms away, the whole command: objects a second`, beside: `256 at once: ${FAR_LIMIT}`, least: 0.6 },
    { seen: rates.map((rate) => rate / FAR_LIMIT), unit: '', figures: `${rates.map(short).join(', ')} a second` }));
}

async function playFetch(bench: Bench, repository: string): Promise<readonly Measured[]> {
  const { amounts, sandbox, stub, take } = bench;
  const cache = join(repository, '.dvc/cache/files/md5');
  const all: Measured[] = [];
  const cloned = async (name: string): Promise<string> => {
    await sandbox.git(['clone', '-q', repository, placeIn(bench, name)]);
    return placeIn(bench, name);
  };
  const copied = await inPairs(amounts.rounds, async (round) => {
    const cwd = await cloned(`beside-cp-${round}`);
    return await tow(bench, ['fetch', '-q', '-r', 'rclone-1'], { cwd });
  }, async (round) => await script(bench, `cp -r '${cache}' '${placeIn(bench, `cp-${round}`)}'`));
  const what = `fetch ${amounts.objects} objects of 10 KiB, each hashed and renamed`;
  take(ratioRow({ id: 'P9', what: `${what}: wall`, beside: '`cp -r` of the same files', most: 2 }, { pairs: copied, figure: 'wallSeconds' }));
  take(ratioRow({ id: 'P9', what: 'the same: CPU', beside: '' }, { pairs: copied, figure: 'cpuSeconds' }));
  for (const peer of peersHere()) {
    const pairs = await inPairs(amounts.rounds, async (round) => {
      const cwd = await cloned(`beside-${peer.name}-${round}`);
      return await tow(bench, ['fetch', '-q', '-r', `${peer.name}-1`], { cwd });
    }, async (round) => {
      const to = placeIn(bench, `${peer.name}-${round}`);
      mkdirSync(to);
      return await peer.download({ bench, server: stub }, `${BUCKET}/${peer.name}-${peer.name}-1`, to);
    });
    all.push(...pairs.map(([ours]) => ours));
    take(ratioRow({ id: 'P9', what: `${what}: CPU of an object`, beside: peer.name, most: 0.2 }, { pairs, figure: 'cpuSeconds', objects: amounts.objects }));
    take(ratioRow({ id: 'P9', what: 'the same: wall', beside: peer.name, most: 1 }, { pairs, figure: 'wallSeconds' }));
  }
  return all;
}
