import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { oss } from '../../src/drivers/oss/index.ts';
import type { Driver } from '../../src/storage/driver.ts';
import { parsePath } from '../../src/storage/path.ts';
import { fromBytes } from '../../src/storage/source.ts';
import { judgeProgram, judgesFolder, whyMissing } from '../judges.ts';
import { openDriver } from '../lent.ts';
import { projectFolder } from '../project.ts';
import { type OssFake, startOssFake } from './oss-fake.ts';

interface AliOssBucket {
  list(query: object, options: object): Promise<{ readonly objects?: readonly { readonly name: string; readonly size: number }[]; readonly isTruncated: boolean }>;
  listV2(query: object, options: object): Promise<{ readonly objects?: readonly { readonly name: string }[]; readonly prefixes: readonly string[] | null; readonly nextContinuationToken?: string }>;
  getBucketVersions(query: object): Promise<{ readonly objects?: readonly { readonly versionId: string }[]; readonly deleteMarker?: readonly unknown[] }>;
}
/** What is used here of Alibaba's client for Node.js. */
interface AliOss extends AliOssBucket {
  put(name: string, content: Buffer, options?: object): Promise<{ readonly res: { readonly headers: Readonly<Record<string, string>> } }>;
  get(name: string, options?: object): Promise<{ readonly content: Buffer }>;
  head(name: string, options?: object): Promise<{ readonly status: number }>;
  copy(to: string, from: string): Promise<unknown>;
  deleteMulti(names: readonly string[], options: object): Promise<{ readonly deleted: readonly { readonly Key: string }[] }>;
  multipartUpload(name: string, content: Buffer, options: object): Promise<unknown>;
  signatureUrl(name: string, options: object): string;
  signatureUrlV4(method: string, expires: number, request: object, name: string): Promise<string>;
}
type AliOssClass = new (options: object) => AliOss;

const odd = 'js/a b+ü&<>\'%41.txt';
const large = Buffer.from(Array.from({ length: 1_000_001 }, (_, index) => (index * 7) % 251));
const versions = ['v1', 'v4'] as const;
const logins = ['account', 'temporary'] as const;
const run = promisify(execFile);

describe("the fake of OSS, judged by Alibaba's client for Node.js", { skip: whyMissing('ali-oss') ?? false }, () => {
  let fake: OssFake;
  const clientFor = (version: (typeof versions)[number], login: (typeof logins)[number], more: object = { sldEnable: true }): AliOss => {
    const { keyId, keySecret, token } = fake[login];
    // Not in types that can be installed here: the judge is no package of ours.
    const OSS = createRequire(join(judgesFolder, 'node', 'package.json'))('ali-oss') as AliOssClass;
    return new OSS({ endpoint: fake.url.replace('127.0.0.1', 'localhost'), bucket: 'bucket', region: 'oss-cn-hangzhou', accessKeyId: keyId, accessKeySecret: keySecret, ...(token === undefined ? {} : { stsToken: token, refreshSTSTokenInterval: 3_600_000, refreshSTSToken: async () => ({ accessKeyId: keyId, accessKeySecret: keySecret, stsToken: token }) }), authorizationV4: version === 'v4', ...more });
  };
  before(async () => { fake = await startOssFake(); });
  after(async () => { await fake.stop(); });

  for (const version of versions) {
    for (const login of logins) {
      it(`by ${version} with the ${login} keys: objects, listings, parts, copies, deletions`, async () => {
        fake.buckets.clear();
        const bucket = fake.bucket('bucket');
        const client = clientFor(version, login);

        const { res } = await client.put(odd, Buffer.from('hello'), { headers: { 'Content-MD5': 'XUFAKrxLKna5cZ2REBfFkg==' }, meta: { who: 'ali-oss' } });
        assert.equal(res.headers['etag'], '"5D41402ABC4B2A76B9719D911017C592"');
        assert.equal((await client.get(odd)).content.toString(), 'hello');
        assert.equal((await client.get(odd, { headers: { Range: 'bytes=1-3' } })).content.toString(), 'ell');
        assert.equal((await client.head(odd)).status, 200);
        await assert.rejects(client.get('js/absent'), (error: { code?: string; requestId?: string }) => error.code === 'NoSuchKey' && (error.requestId ?? '') !== '');
        await assert.rejects(client.head('js/absent'), { code: 'NoSuchKey' });
        await client.multipartUpload('js/large', large, { partSize: 300 * 1024 });
        assert.deepEqual((await client.get('js/large')).content, large);
        await client.copy('js/copy', 'js/large');
        assert.deepEqual((await client.list({ prefix: 'js/', 'max-keys': 1000 }, {})).objects?.map(({ name, size }) => [name, size]), [[odd, 5], ['js/copy', large.length], ['js/large', large.length]]);
        const page = await client.listV2({ prefix: 'js/', 'max-keys': '2' }, {});
        const rest = await client.listV2({ prefix: 'js/', 'continuation-token': page.nextContinuationToken }, {});
        assert.deepEqual([...(page.objects ?? []), ...(rest.objects ?? [])].map(({ name }) => name), [odd, 'js/copy', 'js/large']);
        assert.deepEqual((await client.listV2({ delimiter: '/' }, {})).prefixes, ['js/']);
        assert.deepEqual((await client.deleteMulti(['js/large', 'js/copy'], { quiet: false })).deleted.map(({ Key }) => Key).sort(), ['js/copy', 'js/large']);
        assert.deepEqual([...bucket.objects.keys()], [odd]);
      });
    }

    it(`by ${version}: versions, under a domain of the bucket's own`, async () => {
      const other = await startOssFake({ domains: { localhost: 'bucket' } });
      try {
        other.bucket('bucket').versioning = 'Enabled';
        const client = clientFor(version, 'account', { endpoint: other.url.replace('127.0.0.1', 'localhost'), cname: true });
        await client.put('a', Buffer.from('one'));
        await client.put('a', Buffer.from('two'));

        const { objects = [] } = await client.getBucketVersions({});

        assert.equal(objects.length, 2);
        assert.equal((await client.get('a', { versionId: objects[1]?.versionId })).content.toString(), 'one');
      } finally {
        await other.stop();
      }
    });
  }

  it('refuses what is signed with a wrong secret, for another region, or with a wrong or missing token', async () => {
    fake.bucket('bucket');
    const { keyId, token } = fake.temporary;
    for (const version of versions) {
      await assert.rejects(clientFor(version, 'account', { sldEnable: true, accessKeySecret: 'wrong' }).get('x'), { code: 'SignatureDoesNotMatch' });
      await assert.rejects(clientFor(version, 'account', { sldEnable: true, accessKeyId: 'nobody' }).get('x'), { code: 'InvalidAccessKeyId' });
      await assert.rejects(clientFor(version, 'account', { sldEnable: true, accessKeyId: keyId }).get('x'), { code: 'InvalidAccessKeyId' });
      await assert.rejects(clientFor(version, 'temporary', { sldEnable: true, stsToken: `${token ?? ''}x` }).get('x'), { code: 'InvalidSecurityToken' });
    }
    await assert.rejects(clientFor('v4', 'account', { sldEnable: true, region: 'oss-cn-beijing' }).get('x'), { code: 'InvalidArgument' });
  });

  it('takes the URLs that the client signs, as long as they live', async () => {
    fake.bucket('bucket');
    const client = clientFor('v4', 'temporary');
    await client.put('js/signed', Buffer.from('hello'));
    const urls = [clientFor('v1', 'temporary').signatureUrl('js/signed', { expires: 60 }), await client.signatureUrlV4('GET', 60, {}, 'js/signed')];

    for (const url of urls) {
      assert.equal(await (await fetch(url)).text(), 'hello');
      assert.equal((await fetch(url.replace('js/signed', 'js/other'))).status, 403);
    }
    const old = await startOssFake({ now: () => Date.now() + 120_000 });
    try {
      for (const url of urls) assert.match(String(old.answer({ method: 'GET', target: url.slice(url.indexOf('/bucket/')), headers: {}, body: Buffer.alloc(0) }).body), /Request has expired/);
    } finally {
      await old.stop();
    }
  });
});

describe("the fake of OSS, judged by Alibaba's client for Python", { skip: whyMissing('python') ?? false }, () => {
  let fake: OssFake;
  let driver: Driver;
  before(async () => {
    fake = await startOssFake();
    driver = await openDriver(oss, 'oss://bucket', { settings: { oss_endpoint: fake.url, oss_key_id: fake.account.keyId, oss_key_secret: fake.account.keySecret }, home: '/nowhere' });
  });
  after(async () => {
    await driver.close?.();
    await fake.stop();
  });

  for (const version of versions) {
    for (const login of logins) {
      it(`by ${version} with the ${login} keys: every step, with its CRC-64`, async () => {
        fake.buckets.clear();
        fake.bucket('bucket');
        await driver.write?.(parsePath('towline/object'), fromBytes(Buffer.from('written by towline')));
        const { keyId, keySecret, token = '' } = fake[login];
        const settings = JSON.stringify({ url: fake.url, bucket: 'bucket', region: 'cn-hangzhou', version, id: keyId, secret: keySecret, token });

        const { stdout } = await run(judgeProgram('python'), [join(projectFolder, 'test/servers/oss2-judge.py'), settings], { env: { PATH: process.env['PATH'] ?? '', LC_ALL: 'C.UTF-8' } });
        const { signed, 'large etag': largeEtag, ...found } = JSON.parse(stdout) as Readonly<Record<string, unknown>>;

        assert.deepEqual(found, {
          etag: '15986AAA2EDB1A5148AF59D63D59E281', 'written by towline': 'written by towline', v1: ['py/a b+ü&<>.txt', 'py/copy', 'py/large'], v2: ['py/a b+ü&<>.txt', 'py/copy', 'py/large'],
          folders: ['py/', 'towline/'], forbid: 'FileAlreadyExists', deleted: ['py/absent', 'py/copy', 'py/large'], versioning: null,
        });
        assert.match(String(largeEtag), /^[0-9A-F]{32}-4$/);
        assert.equal(await (await fetch(String(signed))).text(), 'hello'.repeat(1000));
        const chunks: Uint8Array[] = [];
        for await (const chunk of (await driver.read(parsePath('py/a b+ü&<>.txt'))).body) chunks.push(chunk.slice());
        assert.equal(Buffer.concat(chunks).toString(), 'hello'.repeat(1000));
      });
    }
  }
});
