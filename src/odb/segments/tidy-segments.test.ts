import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { after, beforeEach, describe, it } from 'node:test';
import { openRepository } from '../../../test/artifact-targets.ts';
import { openSegments, readAll, store } from '../../../test/servers/open-oci.ts';
import { type RegistryFake, startRegistryFake } from '../../../test/servers/registry-fake.ts';
import { removeFolder, temporaryFolder } from '../../../test/servers/server.ts';
import type { Packing } from '../../storage/definition.ts';
import type { Oid } from '../hash-info.ts';
import type { ObjectDb, Tidied } from '../object-db.ts';
import { oidSet } from '../oid-set.ts';

const md5 = (bytes: Uint8Array): Oid => createHash('md5').update(bytes).digest('hex') as Oid;
const object = (text: string, size = 100): readonly [Oid, Buffer] => { const bytes = Buffer.alloc(size, text); return [md5(bytes), bytes]; };
const PACKING: Packing = { smallBytes: 2000, packBytes: 4000, layers: 50 };
const root = temporaryFolder('tidy');
let fake: RegistryFake | undefined;
let count = 0;
after(async () => {
  await fake?.stop();
  removeFolder(root);
});
beforeEach(async () => {
  await fake?.stop();
  fake = await startRegistryFake();
});
const registry = (): RegistryFake => fake ?? assert.fail();
const open = (now: () => number = Date.now): ObjectDb => openSegments(openRepository(registry().authority, 'a/b'), join(root, `memory-${count++}`), PACKING, now);
const tidy = async (db: ObjectDb, atRestFor = 0): Promise<Tidied> => await (db.tidy?.({ atRestFor }) ?? assert.fail());
const segments = (): readonly string[] => [...(registry().tags.get('a/b') ?? new Map<string, string>()).keys()].filter((tag) => tag.startsWith('seg-'));
const drop = async (db: ObjectDb, oids: Iterable<Oid>): Promise<void> => { for await (const { error } of db.delete(oidSet(oids))) if (error) throw error; };

describe('tidying the segments of a registry', () => {
  it('makes few of many, and moves no object', async () => {
    const contents = new Map(Array.from({ length: 70 }, (_, at) => object(`${at} `, at % 7 === 0 ? 3000 : 100 + at)));
    for (const one of contents) await store(open(), new Map([one]));
    assert.equal(segments().length, 70);
    registry().requests.length = 0;

    assert.deepEqual(await tidy(open()), { before: 70, after: 2 });

    const blobs = registry().requests.filter(({ method, path }) => method === 'PUT' && path.includes('/blobs/'));
    assert.equal(blobs.length, 2, 'only two indexes are sent');
    assert.equal(segments().length, 2);
    assert.deepEqual(await readAll(open()), contents);
    assert.deepEqual(await tidy(open()), { before: 2, after: 2 });
  });

  it('leaves alone what is young, and what is not too many', async () => {
    for (let at = 0; at < 66; at++) await store(open(() => at < 60 ? 1_000_000 : 9_000_000), new Map([object(`${at} `)]));
    assert.deepEqual(await tidy(open(() => 9_500_000), 1_000_000), { before: 66, after: 8 });
    const young: Oid[] = [];
    for await (const some of open(() => 9_500_000).list({ atRestFor: 1_000_000 })) young.push(...some.oids());
    assert.equal(young.length, 60, 'nothing has become younger');
    assert.deepEqual(await tidy(open()), { before: 8, after: 8 });
  });

  it('packs anew what lies in a pack that is mostly waste, keeps large ones where they are, and their age', async () => {
    const small = Array.from({ length: 20 }, (_, at) => object(`${at} `, 150));
    const large = object('large', 3000);
    const at = (): number => 1_000_000;
    await store(open(at), new Map([...small, large]));
    await drop(open(at), small.slice(2).map(([oid]) => oid));
    assert.equal([...registry().blobs.values()].filter(({ length }) => length === 3000).length, 2, 'a pack and the large one');
    registry().requests.length = 0;

    await tidy(open(() => 5_000_000), 1_000_000);

    assert.deepEqual(registry().requests.filter(({ method, path }) => method === 'PUT' && path.includes('/blobs/')).map(({ size }) => size).filter((size) => size < 1000), [300]);
    assert.deepEqual(await readAll(open()), new Map([...small.slice(0, 2), large]));
    const old: Oid[] = [];
    for await (const some of open(() => 5_000_000).list({ atRestFor: 1_000_000 })) old.push(...some.oids());
    assert.equal(old.length, 3);
    const named = [...registry().manifests].filter(([key]) => [...(registry().tags.get('a/b')?.values() ?? [])].some((digest) => key.endsWith(digest))).flatMap(([, { bytes }]) => (JSON.parse(bytes.toString()) as { readonly layers: readonly { readonly size: number }[] }).layers.map(({ size }) => size));
    assert.deepEqual(named.filter((size) => size > 2).sort((a, b) => a - b), [300, 3000], 'the old pack is named by nothing');
  });

  it('an object that is damaged stops it, and nothing is deleted', async () => {
    const contents = Array.from({ length: 20 }, (_, at) => object(`${at} `, 150));
    await store(open(), new Map(contents));
    await drop(open(), contents.slice(2).map(([oid]) => oid));
    const before = segments();
    for (const [key, bytes] of registry().blobs) if (bytes.length === 3000) registry().blobs.set(key, Buffer.alloc(3000, 1));

    await assert.rejects(tidy(open()), { code: 'CORRUPT', message: /cannot be packed anew/ });
    assert.deepEqual(segments().filter((tag) => before.includes(tag)), before);
  });

  it('writes nothing where nothing can be deleted', async () => {
    for (let at = 0; at < 66; at++) await store(open(), new Map([object(`${at} `)]));
    registry().intercept = ({ method }, response) => method === 'DELETE' && Boolean(response.writeHead(405).end());
    registry().requests.length = 0;

    await assert.rejects(tidy(open()), { code: 'UNSUPPORTED' });
    assert.deepEqual(registry().requests.filter(({ method }) => method === 'PUT' || method === 'POST'), []);
    const [first] = object('0 ');
    for await (const { error } of open().delete(oidSet([first]))) assert.equal((error as { readonly code?: string } | undefined)?.code, 'UNSUPPORTED');
    assert.deepEqual(registry().requests.filter(({ method }) => method === 'PUT' || method === 'POST'), []);
  });

  it('does not disturb a push that relied on a segment whose objects stand in another now', async () => {
    const files = new Map(Array.from({ length: 66 }, (_, at) => object(`${at} `)));
    for (const one of files) await store(open(), new Map([one]));
    const pusher = open();
    assert.equal((await pusher.present(oidSet(files.keys()))).count, 66);
    await tidy(open());
    const listing = Buffer.from('[1]');

    await store(pusher, new Map([[`${md5(listing)}.dir` as Oid, listing]]));

    assert.equal((await readAll(open())).size, 67);
  });

  it('a push says so where a file went just before its listing came', async () => {
    const file = object('file');
    await store(open(), new Map([file]));
    const pusher = open();
    await pusher.present(oidSet([file[0]]));
    const listing = Buffer.from('[1]');
    let looks = 0;
    registry().intercept = ({ method, path }) => {
      // Behind the look before the listing, somebody deletes.
      if (method === 'GET' && path.includes('/tags/') && ++looks === 2) registry().tags.get('a/b')?.delete(segments()[0] ?? '');
      return false;
    };

    await assert.rejects(store(pusher, new Map([[`${md5(listing)}.dir` as Oid, listing]])), { code: 'PRECONDITION_FAILED' });
  });
});
