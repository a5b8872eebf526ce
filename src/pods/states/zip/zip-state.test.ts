import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { placeAt, scratchNames } from '../../../../test/pods-lent.ts';
import { removeFolder, temporaryFolder } from '../../../../test/servers/server.ts';
import { HOSTILE_ZIPS, zip } from '../../../../test/zips.ts';
import { Crash, crashing } from '../../../disk/crashing.ts';
import { nodeDisk } from '../../../disk/node.ts';
import { TowlineError } from '../../../errors.ts';
import { openZip } from '../../../storage/archive/open-zip.ts';
import { gather } from '../../../storage/content.ts';
import { fromBytes, type Source } from '../../../storage/source.ts';
import { readMetadata } from './metadata.ts';
import { createZipState } from './zip-state.ts';

const top = temporaryFolder('zip-state');
after(() => { removeFolder(top); });
let count = 0;
const newPath = (): string => join(top, `${count += 1}.zip`);
const A = '000000000000';
const unit = (service: string, region: string, body: string): { name: string; body: string } => ({ name: `api_states/${A}/${service}/${region}/store.state`, body });
const metadata = (services: string): { name: string; body: string } => ({ name: 'metadata.yaml', body: `localstack_version: 4.0.3\npro: true\nservices: ${services}\n` });

async function contents(source: Source): Promise<Record<string, string>> {
  const opened = await openZip(source);
  const found: Record<string, string> = {};
  for (const member of opened.members) found[member.name] = Buffer.from(await gather(opened.content(member), 1 << 20)).toString();
  return found;
}
const fileAt = (path: string): Source => fromBytes(readFileSync(path));

test('a merge replaces what both have by account and region and keeps the rest', async () => {
  const path = newPath();
  writeFileSync(path, zip(unit('sqs', 'us-east-1', 'old'), { name: `api_states/${A}/sqs/us-east-1/backend.state`, body: 'old' }, unit('sqs', 'eu-west-1', 'stays'), unit('sns', 'us-east-1', 'stays'), { name: 'assets/dynamodb/old.db', body: 'stays' }, metadata('[sqs]')));
  const next = fromBytes(zip(unit('sqs', 'us-east-1', 'new'), unit('s3', 'global', 'added'), { name: 'assets/dynamodb/new.db', body: 'added' }, metadata('[s3, sqs]')));

  const changes = await createZipState(placeAt(path)).put(next, { strategy: 'account-region-merge', isDry: false });

  const { 'metadata.yaml': said, ...rest } = await contents(fileAt(path));
  assert.deepEqual(rest, { [unit('s3', 'global', '').name]: 'added', [unit('sns', 'us-east-1', '').name]: 'stays', [unit('sqs', 'eu-west-1', '').name]: 'stays', [unit('sqs', 'us-east-1', '').name]: 'new', 'assets/dynamodb/new.db': 'added', 'assets/dynamodb/old.db': 'stays' });
  assert.match(said ?? '', /^localstack_version: 4.0.3\nname: \d+.zip\npro: true\nservices:\n- dynamodb\n- s3\n- sns\n- sqs\nsize: \d+\n$/);
  assert.deepEqual(changes, [{ service: 'dynamodb', added: 1, modified: 0, removed: 0 }, { service: 's3', added: 1, modified: 0, removed: 0 }, { service: 'sqs', added: 0, modified: 1, removed: 1 }]);
});

test('size in metadata.yaml is that of the zip before it was added; Python reads the zip', async () => {
  const path = newPath();
  const bare = newPath();
  await createZipState(placeAt(path)).put(fromBytes(zip(unit('sqs', 'us-east-1', 'x'.repeat(5000)), metadata('[]'))), { strategy: 'overwrite', isDry: false });
  await createZipState(placeAt(bare)).put(fromBytes(zip(unit('sqs', 'us-east-1', 'x'.repeat(5000)))), { strategy: 'overwrite', isDry: false });

  const said = await readMetadata(await openZip(fileAt(path)));

  assert.equal(said?.['size'], statSync(bare).size);
  assert.match(execFileSync('python3', ['-c', 'import sys,zipfile; z=zipfile.ZipFile(sys.argv[1]); print(z.testzip(), z.namelist())', path], { encoding: 'utf8' }), /^None .*metadata.yaml/);
});

test('the same state gives the same bytes, in whatever order it came', async () => {
  const [one, other] = [newPath(), newPath()];
  const parts = [unit('sqs', 'us-east-1', 'a'), unit('s3', 'global', 'b')];
  await createZipState(placeAt(one)).put(fromBytes(zip(...parts)), { strategy: 'overwrite', isDry: false });
  await createZipState(placeAt(other)).put(fromBytes(zip(...parts.toReversed())), { strategy: 'account-region-merge', isDry: false });

  assert.deepEqual(readFileSync(one), readFileSync(other));
});

test('some services are taken alone, with what metadata.yaml says of the rest left out', async () => {
  const path = newPath();
  writeFileSync(path, zip(unit('sqs', 'us-east-1', 'a'), unit('s3', 'global', 'b'), { name: 'assets/s3/x', body: 'y' }, metadata('[s3, sqs]')));

  const taken = await createZipState(placeAt(path)).take({ services: ['s3'] });

  assert.deepEqual(Object.keys(await contents(taken.zip)), [unit('s3', 'global', '').name, 'assets/s3/x', 'metadata.yaml']);
  assert.deepEqual(taken.notes, { services: ['s3'], localstackVersion: '4.0.3' });
  await taken.dispose();
  assert.deepEqual(scratchNames(), []);
  assert.ok(existsSync(path));
});

test('service-merge is refused in one line, and a dry run changes nothing', async () => {
  const path = newPath();
  const next = fromBytes(zip(unit('sqs', 'us-east-1', 'a')));
  await assert.rejects(createZipState(placeAt(path)).put(next, { strategy: 'service-merge', isDry: false }), /'service-merge' needs a running LocalStack: a zip/);
  assert.deepEqual(await createZipState(placeAt(path)).put(next, { strategy: 'overwrite', isDry: true }), [{ service: 'sqs', added: 1, modified: 0, removed: 0 }]);
  assert.ok(!existsSync(path));
});

test('a directory of 3000 members is read in few ranges', async () => {
  const bytes = fromBytes(zip(...Array.from({ length: 3000 }, (_, index) => unit('sqs', `region-${index}`, 'x'))));
  let asked = 0;
  const counted: Source = { ...bytes, open: (options) => { asked += 1; return bytes.open(options); } };

  assert.equal((await openZip(counted)).members.length, 3000);
  assert.ok(asked <= 5, String(asked));
});

for (const [name, bytes] of Object.entries(HOSTILE_ZIPS)) {
  test(`${name}: refused before the first write, and not taken`, async () => {
    const path = newPath();
    const disk = crashing(nodeDisk, 1_000_000);
    const isOurs = (error: unknown): boolean => error instanceof TowlineError || assert.fail(String(error));

    await assert.rejects(createZipState({ ...placeAt(path), disk }).put(fromBytes(bytes), { strategy: 'overwrite', isDry: false }), isOurs);
    assert.equal(disk.changes, 0);
    writeFileSync(path, bytes);
    await assert.rejects(createZipState(placeAt(path)).take(), isOurs);
  });
}

test('a crash after any change leaves the old zip or the new', async () => {
  const old = zip(unit('sqs', 'us-east-1', 'old'));
  const next = fromBytes(zip(unit('sqs', 'us-east-1', 'new')));
  let at = 0;
  for (; ; at += 1) {
    const path = newPath();
    writeFileSync(path, old);
    const disk = crashing(nodeDisk, at);
    const outcome = await createZipState({ ...placeAt(path), disk }).put(next, { strategy: 'overwrite', isDry: false }).catch((error: unknown) => error);
    const text = Object.values(await contents(fileAt(path))).join();
    if (!disk.crashed) break;
    assert.ok(outcome instanceof Crash, String(outcome));
    assert.ok(text === 'old' || text === 'new', text);
  }
  assert.ok(at >= 6, String(at));
  assert.ok(readdirSync(top).length > 0);
});
