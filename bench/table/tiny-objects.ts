import { join } from 'node:path';
import { findJudge } from '../../test/judges.ts';
import type { S3Server } from '../../test/servers/server.ts';
import { addRemote, makeFiles, makeRepository } from './files.ts';
import { type Bench, dvc, FAR_MS, inPairs, placeIn, tow } from './place.ts';
import { absentRow, figureRow, ratioRow } from './row.ts';

const BYTES = 280;

/** What DVC's own benchmark moves (mnist), where the server is not the limit and where it is far away; and the memory of a look at a remote of ten million. */
export async function playTinyObjects(bench: Bench): Promise<void> {
  const { amounts, stub, farStub, take } = bench;
  const repository = await makeTiny(bench, 'tiny', amounts.tiny);
  addRemote(repository, 'many', { server: stub, bucket: `made-${amounts.manyKeys}`, prefix: '' });
  const looked = await tow(bench, ['status', '-c', '-q', '-r', 'many'], { cwd: repository });
  take(figureRow({ id: 'P15', what: `\`status -c\` of ${amounts.tiny} objects on a remote of ${amounts.manyKeys}: memory`, beside: '', most: 450 }, { seen: [looked.peakMegabytes], unit: ' MB', figures: `wall ${looked.wallSeconds.toFixed(1)} s, CPU ${looked.cpuSeconds.toFixed(1)} s` }));
  await beside(bench, { repository, count: amounts.tiny, server: stub, where: 'the server not the limit' });
  await beside(bench, { repository: await makeTiny(bench, 'tiny-far', amounts.tinyFar), count: amounts.tinyFar, server: farStub, where: `${FAR_MS} ms away` });
}

async function makeTiny(bench: Bench, name: string, count: number): Promise<string> {
  const repository = await makeRepository(bench, placeIn(bench, name));
  makeFiles(join(repository, 'data'), count, () => BYTES);
  await tow(bench, ['add', 'data'], { cwd: repository });
  return repository;
}

interface Beside { readonly repository: string; readonly count: number; readonly server: S3Server; readonly where: string }
async function beside(bench: Bench, { repository, count, server, where }: Beside): Promise<void> {
  const { take } = bench;
  const subject = { id: 'line 1', what: `push ${count} objects of ${BYTES} B, ${where}: wall, times faster`, beside: 'DVC', least: 10 };
  if (findJudge('dvc') === undefined) {
    take(absentRow(subject, 'DVC is not installed (`test/judges/install`)'));
    return;
  }
  for (const name of ['tow', 'dvc']) addRemote(repository, name, { server, prefix: `${name}-${count}` });
  const pairs = await inPairs(1, async () => await tow(bench, ['push', '-q', '-r', 'tow'], { cwd: repository }), async () => await dvc(bench, ['push', '-q', '-r', 'dvc'], { cwd: repository }));
  take(ratioRow(subject, { pairs, figure: 'wallSeconds', isTimesLess: true }));
  take(ratioRow({ id: 'line 1', what: 'the same: CPU, times less', beside: 'DVC', least: 10 }, { pairs, figure: 'cpuSeconds', isTimesLess: true }));
}
