import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import { openRepository } from '../../../test/artifact-targets.ts';
import { objectsOf, openSegments, readAll, readSome, store } from '../../../test/servers/open-oci.ts';
import { type RegistryFake, startRegistryFake } from '../../../test/servers/registry-fake.ts';
import { nodeDisk } from '../../disk/node.ts';
import { openImageLayout } from '../../oci/layout.ts';
import { clock } from '../../../test/lent.ts';
import type { ArtifactStore } from '../../storage/artifacts.ts';
import type { Packing } from '../../storage/definition.ts';
import { fromFile } from '../../storage/file-source.ts';
import type { Source } from '../../storage/source.ts';
import type { Oid } from '../hash-info.ts';
import type { ObjectDb, StoreResult } from '../object-db.ts';
import { oidSet } from '../oid-set.ts';

const md5 = (bytes: Uint8Array): Oid => createHash('md5').update(bytes).digest('hex') as Oid;
const tree = (text: string): readonly [Oid, Buffer] => [`${md5(Buffer.from(text))}.dir` as Oid, Buffer.from(text)];
const content = (...sizes: readonly number[]): Map<Oid, Buffer> => new Map(sizes.map((size, index) => Buffer.alloc(size, `${index}-${size}-`)).map((bytes) => [md5(bytes), bytes]));
const all = async (results: AsyncIterable<StoreResult>): Promise<readonly StoreResult[]> => {
  const found: StoreResult[] = [];
  for await (const result of results) found.push(result);
  return found;
};
/** So that a few kilobytes make packs and large objects. */
const SMALL: Packing = { smallBytes: 1000, packBytes: 3000, layers: 4 };

let fake: RegistryFake;
let root: string;
let count = 0;
before(() => { root = mkdtempSync(join(tmpdir(), 'segments-')); });
after(async () => {
  rmSync(root, { recursive: true });
  await fake.stop();
});
beforeEach(async () => {
  if (count++ > 0) await fake.stop();
  fake = await startRegistryFake();
});
const repository = (): ArtifactStore => openRepository(fake.authority, 'a/b');
const fresh = (packing: Packing = SMALL, artifacts = repository()): ObjectDb => openSegments(artifacts, join(root, `memory-${count++}`), packing);
const tags = async (): Promise<readonly string[]> => {
  const found: string[] = [];
  for await (const tag of repository().tags()) found.push(tag);
  return found.sort();
};

describe('objects in segments', () => {
  it('what one stores another finds and reads: small, large, empty, listings', async () => {
    const contents = new Map([...content(0, 1, 10, 999, 1000, 2999, 3000, 9000, ...Array.from({ length: 40 }, (_, at) => 100 + at)), tree('[]'), tree('[1]')]);

    await store(fresh(), contents);

    const other = fresh();
    const present = await other.present(oidSet(contents.keys()));
    assert.deepEqual([...present.oids()].map((oid) => [oid, present.sizeOf(oid)]), [...oidSet(contents.keys()).oids()].map((oid) => [oid, contents.get(oid)?.byteLength]));
    assert.deepEqual(await readAll(other), contents);
  });

  it('the same in an image layout on disk', async () => {
    const layout = (): ArtifactStore => openImageLayout(join(root, 'layout'), { disk: nodeDisk, wait: clock.wait, env: { PATH: process.env['PATH'] } });
    const contents = new Map([...content(0, 5, 500, 5000), tree('[]')]);

    await store(fresh(SMALL, layout()), contents);

    assert.deepEqual(await readAll(fresh(SMALL, layout())), contents);
  });

  it('a single object is a range of its pack, many are the whole pack; an index is read once for ever', async () => {
    const contents = content(...Array.from({ length: 20 }, (_, at) => 100 + at));
    await store(fresh(), contents);
    const folder = join(root, 'one-memory');
    const [first] = contents.keys();
    assert.ok(first);
    await openSegments(repository(), folder).present(oidSet([first]));
    fake.requests.length = 0;

    const one = await readSome(openSegments(repository(), folder), [first]);
    const alone = fake.requests.splice(0);
    const rest = await readSome(openSegments(repository(), folder), [...contents.keys()]);

    assert.deepEqual([...one], [[first, contents.get(first)]]);
    assert.deepEqual(alone.map(({ method, path, headers }) => `${method} ${path.includes('/tags/') ? 'tags' : headers.range}`), ['GET tags', `GET bytes=0-${(contents.get(first)?.byteLength ?? 0) - 1}`]);
    assert.equal(rest.size, 20);
    assert.deepEqual(fake.requests.map(({ method, headers }) => `${method} ${headers.range}`), ['GET undefined', 'GET undefined']);
  });

  it('listings stand in a later segment than files, whatever the order they come in', async () => {
    const contents = new Map([tree('[1]'), ...content(10, 20)]);
    await store(fresh(), contents);

    const segments: (readonly string[])[] = [];
    for await (const some of fresh().list()) segments.push([...some.oids()].map((oid) => oid.slice(32)));
    assert.deepEqual(segments.sort((a, b) => b.length - a.length), [['', ''], ['.dir']]);
    assert.deepEqual((await tags()).map((tag) => tag.slice(0, 4)), ['fmt-', 'seg-', 'seg-']);
  });

  it('an object whose bytes are wrong is refused by itself, and the others are stored', async () => {
    const good = content(10, 2000);
    const bad: ReadonlyMap<Oid, Buffer> = new Map([[md5(Buffer.from('a')), Buffer.from('b')], [md5(Buffer.from('c')), Buffer.alloc(5000)]]);

    const results = await all(fresh().write(objectsOf(new Map([...good, ...bad]))));

    assert.deepEqual(new Map(results.map(({ oid, how, error }) => [oid, [how, error && (error as { readonly code?: string }).code]])), new Map<Oid, unknown>([
      ...[...good.keys()].map((oid) => [oid, ['packed', undefined]] as const), ...[...bad.keys()].map((oid) => [oid, ['failed', 'CORRUPT']] as const),
    ]));
    assert.deepEqual(await readAll(fresh()), good);
  });

  it('sources of unknown size are stored as well', async () => {
    const contents = content(10, 5000);
    const objects = (async function* () {
      for (const [oid, bytes] of contents) yield { oid, source: { size: undefined, async *open() { yield bytes; } } satisfies Source };
    })();

    assert.deepEqual((await all(fresh().write(objects))).map(({ error }) => error), [undefined, undefined]);
    assert.deepEqual(await readAll(fresh()), contents);
  });

  it('an absent object is NOT_FOUND when it is opened; one of another size is not present', async () => {
    const contents = content(10);
    await store(fresh(), contents);
    const absent = md5(Buffer.from('absent'));

    await assert.rejects(readSome(fresh(), [absent]), { code: 'NOT_FOUND' });
    assert.equal((await fresh().present(oidSet([absent]))).count, 0);
  });

  it('two who store at once lose nothing', async () => {
    const [mine, yours] = [content(10, 20, 5000), content(11, 21, 5001)];

    await Promise.all([store(fresh(), mine), store(fresh(), yours)]);

    assert.deepEqual(await readAll(fresh()), new Map([...mine, ...yours]));
  });
});

describe('deleting', () => {
  it('takes objects away, keeps the others where they are, and deletes a segment that has none left', async () => {
    const contents = content(10, 20, 2000, 3000);
    await store(fresh(), contents);
    const [first, , third] = contents.keys();
    assert.ok(first && third);
    fake.requests.length = 0;

    assert.deepEqual((await all(fresh().delete(oidSet([first, third])))).map(({ how }) => how), ['removed', 'removed']);
    assert.equal(fake.requests.filter(({ method, path }) => method === 'POST' && path.includes('/blobs/')).length, 1, 'only an index is sent');
    assert.deepEqual([...(await readAll(fresh())).keys()].sort(), [...contents.keys()].filter((oid) => oid !== first && oid !== third).sort());

    await all(fresh().delete(oidSet(contents.keys())));
    assert.deepEqual(await tags(), ['fmt-1']);
  });

  it('lists for it only what has been at rest long enough, in every segment that has it', async () => {
    const [old, both, young] = content(10, 20, 30).entries();
    assert.ok(old && both && young);
    const at = (now: number): ObjectDb => openSegments(repository(), join(root, `memory-${count++}`), SMALL, () => now);
    const listed = async (now: number): Promise<readonly Oid[]> => {
      const oids: Oid[] = [];
      for await (const some of at(now).list({ atRestFor: 1000 })) oids.push(...some.oids());
      return oids;
    };
    await store(at(1_000_000), new Map([old, both]));
    await store(at(1_005_000), new Map([both, young]));

    assert.deepEqual(await listed(1_005_500), [old[0]]);
    assert.deepEqual(new Set(await listed(1_006_000)), new Set([old[0], both[0], young[0]]));
    // A segment that is written anew makes nothing young again.
    await all(at(1_007_000).delete(oidSet([old[0]])));
    assert.deepEqual(new Set(await listed(1_007_000)), new Set([both[0], young[0]]));
  });

  it('fails for each object where the registry deletes nothing', async () => {
    const contents = content(10);
    await store(fresh(), contents);
    fake.intercept = ({ method }, response) => method === 'DELETE' && Boolean(response.writeHead(405).end());

    const [result] = await all(fresh().delete(oidSet(contents.keys())));

    assert.equal((result?.error as { readonly code?: string } | undefined)?.code, 'UNSUPPORTED');
    assert.equal((await fresh().present(oidSet(contents.keys()))).count, 1);
  });
});

describe('a repository that others write to', () => {
  it('of a newer format is refused, and tags of others are passed over', async () => {
    await store(fresh(), content(10));
    const artifacts = repository();
    const marked = await artifacts.resolve('fmt-1');
    await artifacts.tag(marked, 'latest');
    assert.equal((await readAll(fresh())).size, 1);
    await artifacts.tag(marked, `seg-${'0'.repeat(32)}`);
    await assert.rejects(readAll(fresh()), { code: 'CORRUPT', message: /another manifest/ });
    await artifacts.tag(marked, 'fmt-2');
    await assert.rejects(readAll(fresh()), { code: 'UNSUPPORTED', message: /another version/ });
  });

  it('a damaged pack is found when an object of it is read', async () => {
    const contents = content(10, 20);
    await store(fresh(), contents);
    for (const [key, bytes] of fake.blobs) if (bytes.byteLength === 30) fake.blobs.set(key, Buffer.alloc(30, 1));

    await assert.rejects(readAll(fresh()), { code: 'CORRUPT' });
  });

  it('a segment that is written anew between the list and the look is found all the same', async () => {
    const contents = content(10, 20);
    await store(fresh(), contents);
    const [first, second] = contents.keys();
    assert.ok(first && second);
    let isCleaned = false;
    const inner = repository();
    const late: ArtifactStore = { ...inner, async resolve(tag, options) {
      if (!isCleaned) await all(fresh().delete(oidSet([first])));
      isCleaned = true;
      return await inner.resolve(tag, options);
    } };

    const present = await fresh(SMALL, late).present(oidSet(contents.keys()));

    assert.deepEqual([...present.oids()], [second]);
  });

  it('a listing does not follow where the segment with its files was deleted meanwhile', async () => {
    const files = content(10);
    await store(fresh(), files);
    const pusher = fresh();
    assert.equal((await pusher.present(oidSet(files.keys()))).count, 1);
    await all(fresh().delete(oidSet(files.keys())));

    await assert.rejects(store(pusher, new Map([tree('[1]')])), { code: 'PRECONDITION_FAILED', message: /was deleted/ });
    assert.equal((await readAll(fresh())).size, 0);
  });

  it('at whatever request a push is cut, what is listed can be read, and the same push again completes', async () => {
    const contents = new Map([...content(10, 20, 2000, 2500, 4000), tree('[1]')]);
    await store(fresh(), contents);
    const requests = fake.requests.length;
    for (let cut = 1; cut <= requests; cut++) {
      await fake.stop();
      fake = await startRegistryFake();
      fake.intercept = (_request, response) => {
        if (fake.requests.length < cut) return false;
        response.destroy();
        return true;
      };
      await assert.rejects(store(fresh(), contents));
      fake.intercept = undefined;
      const listed = await readAll(fresh());
      for (const [oid, bytes] of listed) assert.ok(contents.get(oid)?.equals(bytes), `request ${cut}`);

      const again = fresh();
      const held = await again.present(oidSet(contents.keys()));
      await store(again, new Map([...contents].filter(([oid]) => !held.has(oid))));
      assert.equal((await readAll(fresh())).size, contents.size, `request ${cut}`);
    }
    assert.ok(requests > 15);
  });

  it('what a registry sweeps before it is named is sent once more: packs, large objects and the index', async () => {
    const contents = new Map([...content(0, 10, 20, 2000, 2500, 4000), tree('[1]')]);
    let sweeps = 0;
    fake.intercept = ({ method, path }) => {
      if (method !== 'PUT' || !path.includes('/manifests/seg-') || sweeps++ % 2 === 1) return false;
      const named = [...fake.manifests.values()].map(({ bytes }) => bytes.toString()).join();
      for (const key of fake.blobs.keys()) if (!named.includes(key.split(' ')[1] ?? '')) fake.blobs.delete(key);
      return false;
    };
    for (const [oid, bytes] of contents) writeFileSync(join(root, oid), bytes);
    const files = (async function* () { for (const [oid, { length }] of contents) yield { oid, source: fromFile(join(root, oid), length) }; })();

    const results = await all(fresh().write(files));

    assert.ok(sweeps >= 4 && results.every(({ error }) => error === undefined), String(sweeps));
    assert.deepEqual(await readAll(fresh()), contents);
  });

  it('bytes that come in pieces of any size make the same objects', async () => {
    const contents = content(0, 3, 500, 999);
    await store(fresh(), contents);
    const artifacts = repository();
    const crumbled: ArtifactStore = { ...artifacts, async fetch(target, options) {
      const { entry, body, cancel } = await artifacts.fetch(target, options);
      return { entry, cancel, body: crumbs(body) };
    } };

    assert.deepEqual(await readAll(fresh(SMALL, crumbled)), contents);
  });
});

async function* crumbs(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) for (let at = 0; at < chunk.byteLength; at += 7) yield chunk.subarray(at, at + 7);
}

describe('a registry that met another pusher', () => {
  /** Refuses so many times to take a manifest, in the words of distribution on plain files. */
  const refusing = (count: number): void => {
    let left = count;
    fake.intercept = ({ method, path }, response) => {
      if (method !== 'PUT' || !path.includes('/manifests/') || left === 0) return false;
      left -= 1;
      response.writeHead(400, { 'content-type': 'application/json' }).end('{"errors":[{"code":"DIGEST_INVALID","message":"provided digest did not match uploaded content"}]}');
      return true;
    };
  };

  it('is asked once more, as the bytes are the right ones', async () => {
    const contents = content(10, 2000);
    refusing(1);

    await store(fresh(), contents);

    assert.deepEqual(await readAll(fresh()), contents);
  });

  it('and twice means what it says', async () => {
    refusing(2);

    await assert.rejects(store(fresh(), content(10)), { code: 'CORRUPT', message: /DIGEST_INVALID/ });
  });
});
