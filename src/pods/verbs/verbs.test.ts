import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { openingIn } from '../../../test/lent.ts';
import { memoryPods, placeAt, readTree, scratchNames, writeTree } from '../../../test/pods-lent.ts';
import { startLocalStackFake } from '../../../test/servers/localstack-fake.ts';
import { removeFolder, temporaryFolder } from '../../../test/servers/server.ts';
import { HOSTILE_ZIPS } from '../../../test/zips.ts';
import { hasCode, TowlineError } from '../../errors.ts';
import { fromBytes, type Source } from '../../storage/source.ts';
import { openHolder, type PodsLent } from '../holders.ts';
import { writeSource } from '../write-source.ts';
import { diffStates } from './diff.ts';
import { inspectState } from './inspect-state.ts';
import { loadPod } from './load.ts';
import { savePod } from './save.ts';

const top = temporaryFolder('pod-verbs');
const fake = await startLocalStackFake();
after(async () => {
  await fake.stop();
  removeFolder(top);
});
const { disk, scratch } = placeAt('');
const lent: PodsLent = { ...openingIn('/nowhere'), disk, scratch };
const QUEUES = 'api_states/000000000000/sqs/us-east-1/store.state';

test('a folder saved twice and loaded by version; the two differ by a file', async () => {
  const store = memoryPods();
  const [from, to] = [join(top, 'env'), join(top, 'back')];
  const at = openHolder(lent, { place: 'dir:env', exclude: ['*.log'], cwd: top }).holder;
  writeTree(from, { a: 'one', 'x.log': 'noise' });
  const one = await savePod(at, store, { name: 'env', message: 'first' });
  writeTree(from, { a: 'two', b: 'more' });
  const two = await savePod(at, store, { name: 'env' });

  const { changes } = await loadPod(store, openHolder(lent, { place: `dir:${to}`, cwd: top }).holder, { name: 'env', version: 1, strategy: 'overwrite', isDry: false, disk, scratch });

  assert.deepEqual([one.version, one.message, one.services, two.version, two.message], [1, 'first', [], 2, undefined]);
  assert.deepEqual(readTree(to), { a: 'one' });
  assert.deepEqual(changes, [{ service: 'files', added: 1, modified: 0, removed: 0 }]);
  assert.deepEqual(await diffStates((await store.load('env', 1)).state, (await store.load('env', 2)).state), [{ service: 'files', added: 1, modified: 1, removed: 0 }]);
  assert.deepEqual(scratchNames(), []);
});

test('a LocalStack saved, and loaded into a zip and another time into LocalStack', async () => {
  const store = memoryPods();
  fake.state.set(QUEUES, 'queues').set('assets/sqs/big', 'x');
  const { holder, close } = openHolder(lent, { endpoint: fake.url, cwd: top });
  const about = await savePod(holder, store, { name: 'ls' });
  const zip = openHolder(lent, { place: 'zip:ls.zip', cwd: top }).holder;
  await loadPod(store, zip, { name: 'ls', strategy: 'account-region-merge', isDry: false, disk, scratch });
  fake.state.clear();
  await loadPod(store, holder, { name: 'ls', strategy: 'overwrite', isDry: false, disk, scratch });

  assert.deepEqual([about.services, about.localstackVersion], [['sqs'], '4.14.0']);
  assert.deepEqual([...fake.state.keys()].sort(), [QUEUES, 'assets/sqs/big']);
  const taken = await zip.take();
  assert.deepEqual((await inspectState(taken.zip)).units, [{ account: '', service: 'sqs', region: 'assets', files: 1, bytes: 1 }, { account: '000000000000', service: 'sqs', region: 'us-east-1', files: 1, bytes: 6 }]);
  await close();
});

test('a hostile pod changes nothing, wherever it is loaded', async () => {
  const store = memoryPods();
  const kept = join(top, 'kept');
  writeTree(kept, { mine: 'old' });
  for (const bytes of Object.values(HOSTILE_ZIPS)) {
    const { version } = await store.save('bad', fromBytes(bytes), { notes: { services: [] } });
    for (const place of ['dir:kept', 'zip:kept.zip']) {
      await assert.rejects(loadPod(store, openHolder(lent, { place, cwd: top }).holder, { name: 'bad', version, strategy: 'overwrite', isDry: false, disk, scratch }), TowlineError);
    }
  }
  assert.deepEqual(readTree(kept), { mine: 'old' });
  assert.deepEqual(scratchNames(), []);
});

test('a state that is cut goes on where it was; one that is cut for ever leaves nothing', async () => {
  const bytes = Buffer.from('0123456789');
  const starts: number[] = [];
  const cut = (every: number): Source => ({
    size: bytes.length,
    async *open(options) {
      const start = options?.start ?? 0;
      starts.push(start);
      yield bytes.subarray(start, start + every);
      if (start + every < bytes.length) throw new TowlineError('UNAVAILABLE', 'cut', { retryable: true });
    },
  });
  const spool = await writeSource(cut(4), { disk, folder: scratch });
  const read: Buffer[] = [];
  for await (const chunk of spool.zip.open()) read.push(Buffer.from(chunk));
  spool.dispose();

  assert.equal(Buffer.concat(read).toString(), '0123456789');
  assert.deepEqual(starts, [0, 4, 8]);
  await assert.rejects(writeSource(cut(0), { disk, folder: scratch }), /cut/);
  assert.deepEqual(scratchNames(), []);
});

test('what is no place, or two places, is told', () => {
  for (const wrong of [{ place: 'state' }, { place: 'dir:' }, { place: 'dir:a', endpoint: 'http://b' }, { place: 'zip:a', exclude: ['x'] }, { exclude: ['x'] }]) {
    assert.throws(() => openHolder(lent, { ...wrong, cwd: top }), (error) => hasCode(error, 'INVALID_ARGUMENT') && error.context['usage'] === true);
  }
});
