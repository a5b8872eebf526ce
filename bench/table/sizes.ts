import { randomFillSync } from 'node:crypto';
import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { judgeProgram, whyMissing } from '../../test/judges.ts';
import { startMinio } from '../../test/servers/minio.ts';
import { startRgw } from '../../test/servers/rgw.ts';
import { makeBucket } from '../../test/servers/s3-bucket.ts';
import type { S3Server } from '../../test/servers/server.ts';
import { measure } from '../measure.ts';
import { s5cmdEnvironment, thin } from '../scenarios.ts';
import { addRemote, makeRepository } from './files.ts';
import { type Peer, peersHere } from './peers.ts';
import { type Bench, BUCKET, inPairs, placeIn, tow } from './place.ts';
import { absentRow, type Pair, ratioRow } from './row.ts';

/** Objects of one size: enough of them that a start counts little, few enough that all sizes together fit on a disk. */
export interface Size { readonly name: string; readonly bytes: number; readonly count: number; readonly rounds: number }

const KIB = 1024;
const MIB = 2 ** 20;

/** In whole, or enough to see that the rows themselves are right. */
export const sizesOf = (isSmall: boolean): readonly Size[] => (isSmall
  ? [{ name: '4 KiB', bytes: 4 * KIB, count: 500, rounds: 1 }, { name: '1 MiB', bytes: MIB, count: 20, rounds: 1 }, { name: '64 MiB', bytes: 64 * MIB, count: 2, rounds: 1 }]
  : [{ name: '4 KiB', bytes: 4 * KIB, count: 5000, rounds: 3 }, { name: '1 MiB', bytes: MIB, count: 500, rounds: 3 }, { name: '64 MiB', bytes: 64 * MIB, count: 16, rounds: 3 }, { name: '4 GiB', bytes: 4096 * MIB, count: 1, rounds: 1 }]);

/** Line 1: objects of every size to servers that share our cores and back, beside programs that only copy. */
export async function playSizes(bench: Bench, sizes: readonly Size[]): Promise<void> {
  for (const [name, judge, start, fit] of [['MinIO', 'minio', startMinio, () => sizes], ['Ceph RGW', 'rgw', startRgw, inMemory]] as const) {
    const missing = whyMissing(judge);
    if (missing !== undefined) {
      bench.take(absentRow({ id: 'line 1', what: `objects of every size, ${name}`, beside: '' }, missing));
      continue;
    }
    const server = await start();
    try {
      await makeBucket(server, BUCKET);
      const fitting = fit(sizes);
      for (const size of fitting) await playSize(bench, { server, at: name, size });
      const missed = sizes.filter((size) => !fitting.some((one) => one.name === size.name));
      for (const size of missed) bench.take(absentRow({ id: 'line 1', what: `push and fetch ${size.count} x ${size.name}, ${name}`, beside: '' }, 'the server keeps all in memory, and has too little'));
    } finally {
      await server.stop();
    }
  }
}

/** For a server that keeps all in memory, and what is deleted for two hours more. */
const inMemory = (sizes: readonly Size[]): readonly Size[] => sizes.filter(({ bytes }) => bytes < 1024 * MIB).map((size) => (size.bytes * size.count < 1024 * MIB ? size : { ...size, rounds: 1 }));

interface At { readonly server: S3Server; readonly at: string; readonly size: Size }

async function playSize(bench: Bench, { server, at, size }: At): Promise<void> {
  const place = `${folderName(at)}-${size.name.replace(' ', '')}`;
  const repository = await makeRepository(bench, placeIn(bench, place));
  const prefixOf = (who: string, round: number): string => `${place}-${who}-${round}`;
  for (const { name } of peersHere()) for (let round = 1; round <= size.rounds; round += 1) addRemote(repository, prefixOf(`beside-${name}`, round), { server, prefix: prefixOf(`beside-${name}`, round) });
  makeSized(join(repository, 'data'), size);
  await tow(bench, ['add', '-q', 'data'], { cwd: repository });
  thin(join(repository, 'data'));
  await bench.sandbox.git(['add', '-A'], { cwd: repository });
  await bench.sandbox.git(['commit', '-qm', 'data'], { cwd: repository });
  for (const peer of peersHere()) {
    const tell = (verb: string, pairs: readonly Pair[]): void => {
      const what = `${verb} ${size.count} x ${size.name}, ${at}`;
      bench.take(ratioRow({ id: 'line 1', what: `${what}: wall`, beside: peer.name, most: 1 }, { pairs, figure: 'wallSeconds' }));
      bench.take(ratioRow({ id: 'line 1', what: 'the same: CPU', beside: peer.name }, { pairs, figure: 'cpuSeconds', objects: size.count }));
    };
    tell('push', await inPairs(size.rounds, async (round) => await tow(bench, ['push', '-q', '-r', prefixOf(`beside-${peer.name}`, round)], { cwd: repository }),
      async (round) => await peer.upload({ bench, server }, join(repository, '.dvc/cache/files/md5'), `${BUCKET}/${prefixOf(peer.name, round)}`)));
    tell('fetch', await playFetch(bench, { server, size, peer, repository, prefixOf }));
    await forget(bench, server, place);
  }
  thin(repository);
}

interface Fetch { readonly server: S3Server; readonly size: Size; readonly peer: Peer; readonly repository: string; readonly prefixOf: (who: string, round: number) => string }

async function playFetch(bench: Bench, { server, size, peer, repository, prefixOf }: Fetch): Promise<readonly Pair[]> {
  return await inPairs(size.rounds, async (round) => {
    const clone = placeIn(bench, `clone-${prefixOf(peer.name, round)}`);
    await bench.sandbox.git(['clone', '-q', repository, clone]);
    return await tow(bench, ['fetch', '-q', '-r', prefixOf(`beside-${peer.name}`, round)], { cwd: clone }).finally(() => { thin(clone); });
  }, async (round) => {
    const folder = placeIn(bench, `copy-${prefixOf(peer.name, round)}`);
    mkdirSync(folder);
    return await peer.download({ bench, server }, `${BUCKET}/${prefixOf(peer.name, round)}`, folder).finally(() => { thin(folder); });
  });
}

const folderName = (name: string): string => name.toLowerCase().replace(' ', '-');

/** No two are equal: each piece of a file begins with its number. */
function makeSized(folder: string, { bytes, count }: Size): void {
  mkdirSync(folder);
  const piece = randomFillSync(Buffer.alloc(Math.min(bytes, 64 * MIB)));
  for (let index = 0; index < count; index += 1) {
    const file = openSync(join(folder, String(index)), 'w');
    for (let written = 0; written < bytes; written += piece.byteLength) {
      piece.writeDoubleLE(index * 1000 + written / piece.byteLength);
      writeSync(file, piece);
    }
    closeSync(file);
  }
}

/** Makes room on the server. */
async function forget({ sandbox }: Bench, server: S3Server, place: string): Promise<void> {
  await measure(sandbox, [judgeProgram('s5cmd'), '--log', 'error', '--endpoint-url', server.url, 'rm', `s3://${BUCKET}/${place}-*`], { cwd: sandbox.folder, env: s5cmdEnvironment(server) });
}
