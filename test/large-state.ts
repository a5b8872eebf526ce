import { crc32 } from 'node:zlib';
import { setInterval } from 'node:timers';
import { clock, openingIn } from './lent.ts';
import { placeAt } from './pods-lent.ts';
import { startLocalStackFake } from './servers/localstack-fake.ts';
import { openHolder, type PodsLent } from '../src/pods/holders.ts';
import { createLocalDriver } from '../src/drivers/local/driver.ts';
import { createObjectPods } from '../src/pods/object-store/object-store.ts';
import { removeFolder, temporaryFolder } from './servers/server.ts';
import { Storage } from '../src/storage/storage.ts';
import { createJournal } from '../src/storage/transfer/journal.ts';
import { endRecords, indexRecord, localRecord } from '../src/storage/archive/zip-records.ts';
import { loadPod } from '../src/pods/verbs/load.ts';
import { savePod } from '../src/pods/verbs/save.ts';

const BLOCK = Buffer.alloc(1 << 20, 'a state that is large and not packed ');

/** A state with one stored member of that many MiB, made as it is read. */
export function largeState(mebibytes: number): () => AsyncGenerator<Uint8Array> {
  const size = mebibytes * BLOCK.length;
  let sum = 0;
  for (let block = 0; block < mebibytes; block += 1) sum = crc32(BLOCK, sum);
  const member = { name: 'assets/dynamodb/large.db', method: 0, crc32: sum, size, packedSize: size, mode: 0o100644, at: 0 };
  const head = localRecord(member, size >= 0xff000000);
  const index = indexRecord(member);
  return async function* () {
    yield head;
    for (let block = 0; block < mebibytes; block += 1) yield BLOCK;
    yield Buffer.concat([index, endRecords(1, head.length + size, index.length)]);
  };
}

/** Moves a large state from an imitated LocalStack to a pod in a folder and back; gives the highest memory of this process meanwhile, imitation included, and what arrived. */
export async function moveLarge(mebibytes: number): Promise<{ readonly peakBytes: number; readonly arrivedBytes: number }> {
  const fake = await startLocalStackFake();
  const { disk, scratch } = placeAt('');
  const lent: PodsLent = { ...openingIn('/nowhere'), disk, scratch };
  const folder = temporaryFolder('large-pods');
  fake.stream = largeState(mebibytes);
  let [arrivedBytes, peakBytes] = [0, 0];
  fake.sink = async (chunks) => { for await (const chunk of chunks) arrivedBytes += chunk.byteLength; };
  const watch = setInterval(() => { peakBytes = Math.max(peakBytes, process.memoryUsage.rss()); }, 20);
  const { holder, close } = openHolder(lent, { endpoint: fake.url, cwd: '/' });
  try {
    const store = createObjectPods(new Storage(createLocalDriver(`${folder}/pods`, { disk, platform: 'linux' })), { ...clock, journal: createJournal(`${folder}/journal`, { disk, ...clock, warn: () => undefined }) });
    await savePod(holder, store, { name: 'large' });
    await loadPod(store, holder, { name: 'large', strategy: 'overwrite', isDry: false, disk, scratch });
    return { peakBytes, arrivedBytes };
  } finally {
    clearInterval(watch);
    await close();
    await fake.stop();
    removeFolder(folder);
  }
}
