import assert from 'node:assert/strict';
import { after, beforeEach, test } from 'node:test';
import { openingIn } from '../../../../test/lent.ts';
import { placeAt, scratchNames } from '../../../../test/pods-lent.ts';
import { startLocalStackFake } from '../../../../test/servers/localstack-fake.ts';
import { HOSTILE_ZIPS, zip } from '../../../../test/zips.ts';
import { hasCode, TowlineError } from '../../../errors.ts';
import { openZip } from '../../../storage/archive/open-zip.ts';
import { fromBytes } from '../../../storage/source.ts';
import type { StateHolder } from '../../state.ts';
import { readMetadata } from '../zip/metadata.ts';
import { endpointOf } from './endpoint.ts';
import { createLocalStackState } from './localstack-state.ts';
import { createRuntime, type LocalStackRuntime } from './runtime.ts';

const fake = await startLocalStackFake();
const opening = openingIn('/nowhere');
const open = (endpoint: URL): { readonly runtime: LocalStackRuntime; readonly holder: StateHolder } => {
  const runtime = createRuntime(endpoint, opening);
  return { runtime, holder: createLocalStackState({ ...placeAt(''), endpoint, runtime, wait: () => Promise.resolve() }) };
};
const { runtime, holder } = open(new URL(fake.url));
after(async () => {
  await runtime.close();
  await fake.stop();
});
const SQS = 'api_states/000000000000/sqs/us-east-1/store.state';
const SNS = 'api_states/000000000000/sns/us-east-1/store.state';
beforeEach(() => {
  fake.state.clear();
  fake.state.set(SQS, 'queues').set(SNS, 'topics');
  [fake.faults.length, fake.arrived.length] = [0, 0];
  fake.broken.clear();
});

test('a state is taken with its services and versions, the same bytes in whatever order it comes', async () => {
  const one = await holder.take();
  fake.state.clear();
  fake.state.set(SNS, 'topics').set(SQS, 'queues');
  const other = await holder.take();

  const opened = await openZip(one.zip);
  assert.deepEqual(opened.members.map(({ name }) => name), [SNS, SQS, 'metadata.yaml']);
  assert.deepEqual(one.notes, { services: ['sns', 'sqs'], localstackVersion: '4.14.0' });
  assert.deepEqual((await readMetadata(opened))?.['services'], ['sns', 'sqs']);
  assert.equal(one.zip.size, other.zip.size);
  await one.dispose();
  await other.dispose();
  assert.deepEqual(scratchNames(), []);
});

test('some services are asked for by name, and a name that is none is not sent', async () => {
  const taken = await holder.take({ services: ['sqs'] });
  assert.deepEqual(taken.notes.services, ['sqs']);
  await taken.dispose();
  assert.ok(fake.arrived.includes('GET /_localstack/pods/state?services=sqs'));
  await assert.rejects(holder.take({ services: ['../reset'] }), /no name of a service/);
});

test('a state that is cut is asked for again, three times at most, and nothing is left', async () => {
  fake.faults.push(...Array.from({ length: 2 }, () => ({ path: '/_localstack/pods/state', fault: 'cut' as const })));
  await (await holder.take()).dispose();
  fake.faults.push(...Array.from({ length: 3 }, () => ({ path: '/_localstack/pods/state', fault: 'cut' as const })));
  await assert.rejects(holder.take(), TowlineError);
  assert.deepEqual(scratchNames(), []);
});

test('a load tells of every service, lines beyond 64 KB too', async () => {
  const told: string[] = [];
  await holder.put(fromBytes(zip({ name: SQS, body: 'new' })), { strategy: 'overwrite', isDry: false, onService: ({ service, status }) => told.push(`${service} ${status}`) });

  assert.deepEqual([...fake.state], [[SQS, 'new']]);
  assert.deepEqual(told, ['sqs ok']);
  assert.ok(fake.arrived.includes('POST /_localstack/pods?merge=overwrite'));
});

test('a service that could not be loaded is an error, not a tick', async () => {
  fake.broken.set('sqs', 'no queues');
  await assert.rejects(holder.put(fromBytes(zip({ name: SQS, body: 'new' }, { name: SNS, body: 'new' })), { strategy: 'account-region-merge', isDry: false }), /loading the state failed in LocalStack: sqs: no queues/);
});

test('a dry run says what would change, and changes nothing', async () => {
  const next = fromBytes(zip({ name: SQS, body: 'changed' }, { name: SQS.replace('sqs', 's3'), body: 'more' }));
  assert.deepEqual(await holder.put(next, { strategy: 'account-region-merge', isDry: true }), [{ service: 's3', added: 1, modified: 0, removed: 0 }, { service: 'sqs', added: 0, modified: 1, removed: 0 }]);
  assert.ok(!fake.arrived.some((line) => line.startsWith('POST')));
});

for (const [name, fault, code, words] of [
  ['no pods', 'empty-404', 'UNSUPPORTED', /this LocalStack has no pods/],
  ['another version', { status: 422, text: 'incompatible version 3.0' }, 'UNSUPPORTED', /of a version that this LocalStack cannot load: incompatible version 3.0/],
  ['no zip', { status: 400, text: 'Error: not a valid zip archive' }, 'CORRUPT', /takes it for no state/],
  ['a failure', { status: 500, text: 'boom' }, 'UNAVAILABLE', /LocalStack failed \(500: boom\)/],
  ['no permission', { status: 403, text: 'no' }, 'PERMISSION_DENIED', /not allowed/],
] as const) {
  test(`${name} is said in plain words`, async () => {
    fake.faults.push({ path: '/_localstack/pods', fault });
    await assert.rejects(holder.put(fromBytes(zip({ name: SQS, body: 'x' })), { strategy: 'overwrite', isDry: false }), (error) => hasCode(error, code) && words.test(error.message));
  });
}

test('nobody there: what to do is said', async () => {
  const silent = await startLocalStackFake();
  await silent.stop();
  const { holder: gone, runtime: closed } = open(new URL(silent.url));
  await assert.rejects(gone.take(), (error) => hasCode(error, 'UNAVAILABLE') && /does not answer/.test(error.message) && /--endpoint/.test(error.hint ?? ''));
  await closed.close();
});

test('reset goes to all or to each service, and the tree of resources comes as it is', async () => {
  await runtime.reset(['sqs']);
  assert.deepEqual([...fake.state.keys()], [SNS]);
  await runtime.reset(undefined);
  assert.deepEqual([...fake.state.keys()], []);
  assert.deepEqual(await runtime.metamodel(), { '000000000000': { SQS: { 'us-east-1': { ListQueues: { QueueUrls: ['q'] } } } } });
});

test('no hostile zip is sent', async () => {
  for (const bytes of Object.values(HOSTILE_ZIPS)) await assert.rejects(holder.put(fromBytes(bytes), { strategy: 'overwrite', isDry: false }), TowlineError);
  assert.deepEqual(fake.arrived, []);
});

test('where LocalStack is: the flag, LOCALSTACK_HOST, this machine', () => {
  assert.equal(endpointOf(undefined, {}).href, 'http://localhost:4566/');
  assert.equal(endpointOf(undefined, { LOCALSTACK_HOST: 'ls.lan' }).href, 'http://ls.lan:4566/');
  assert.equal(endpointOf(undefined, { LOCALSTACK_HOST: 'ls.lan:4510' }).href, 'http://ls.lan:4510/');
  assert.equal(endpointOf('https://ls.lan', { LOCALSTACK_HOST: 'other' }).href, 'https://ls.lan/');
  for (const wrong of ['s3://x', 'http://user:secret@host', 'http://host/path', '']) assert.throws(() => endpointOf(wrong, {}), (error) => hasCode(error, 'INVALID_ARGUMENT') && !error.message.includes('secret'));
});
