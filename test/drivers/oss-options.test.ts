import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { oss } from '../../src/drivers/oss/index.ts';
import { type ErrorCode, hasCode } from '../../src/errors.ts';
import { readOptions } from '../../src/storage/options.ts';
import { parsePath } from '../../src/storage/path.ts';
import { fromBytes } from '../../src/storage/source.ts';
import { whyMissing } from '../judges.ts';
import { openDriver } from '../lent.ts';
import { makeCertificates } from '../servers/certificates.ts';
import { startOssFake } from '../servers/oss-fake.ts';
import { createOssWire } from './oss-wire.ts';

const hello = fromBytes(Buffer.from('hello'));
const path = parsePath('a b/c');
const withCode = (code: ErrorCode, pattern: RegExp) => (error: unknown): boolean => {
  if (!hasCode(error, code)) return false;
  assert.match(`${error.message} ${error.hint ?? ''}`, pattern);
  return true;
};

describe('OSS: the endpoint', () => {
  const rows: readonly (readonly [endpoint: string, style: string, url: string])[] = [
    ['oss-cn-hangzhou.aliyuncs.com', '', 'https://bucket.oss-cn-hangzhou.aliyuncs.com/pre/a%20b/c'],
    ['http://oss-cn-hangzhou.aliyuncs.com', '', 'http://bucket.oss-cn-hangzhou.aliyuncs.com/pre/a%20b/c'],
    ['https://oss-cn-hangzhou-internal.aliyuncs.com/', '', 'https://bucket.oss-cn-hangzhou-internal.aliyuncs.com/pre/a%20b/c'],
    ['https://bucket.oss-cn-hangzhou.aliyuncs.com', '', 'https://bucket.oss-cn-hangzhou.aliyuncs.com/pre/a%20b/c'],
    ['https://oss-cn-hangzhou.aliyuncs.com/ignored/as/in/dvc', '', 'https://bucket.oss-cn-hangzhou.aliyuncs.com/pre/a%20b/c'],
    ['https://oss-cn-hangzhou.aliyuncs.com', 'path', 'https://oss-cn-hangzhou.aliyuncs.com/bucket/pre/a%20b/c'],
    ['127.0.0.1:9000', '', 'http://127.0.0.1:9000/bucket/pre/a%20b/c'],
    ['https://[::1]:9000', '', 'https://[::1]:9000/bucket/pre/a%20b/c'],
    ['localhost:9000', '', 'http://localhost:9000/bucket/pre/a%20b/c'],
    ['https://oss.example.com', '', 'https://bucket.oss.example.com/pre/a%20b/c'],
    ['data.example.com', 'cname', 'http://data.example.com/pre/a%20b/c'],
    ['https://data.example.com:8443', 'cname', 'https://data.example.com:8443/pre/a%20b/c'],
    ['https://oss.example.com', 'virtual', 'https://bucket.oss.example.com/pre/a%20b/c'],
  ];
  for (const [endpoint, style, url] of rows) {
    it(`${endpoint}${style === '' ? '' : ` by ${style}`} leads to ${url}`, async () => {
      const wire = createOssWire({ domains: { 'data.example.com': 'bucket', 'bucket.oss.example.com': 'bucket' } });
      const driver = await wire.open({ oss_endpoint: endpoint, addressing_style: style });

      await driver.write(path, hello);

      assert.deepEqual(wire.seen.map(({ method, origin, target }) => `${method} ${origin}${target}`), [`PUT ${url}`]);
      assert.deepEqual([...wire.service.bucket('bucket').objects.keys()], ['pre/a b/c']);
    });
  }

  it('comes from OSS_ENDPOINT where the option is not set', async () => {
    const wire = createOssWire();

    await (await wire.open({ oss_endpoint: '' }, { OSS_ENDPOINT: 'http://10.0.0.1' })).write(path, hello);
    await (await wire.open({ oss_endpoint: 'http://10.0.0.2' }, { OSS_ENDPOINT: 'http://10.0.0.1' })).write(path, hello);

    assert.deepEqual(wire.seen.map(({ origin }) => origin), ['http://10.0.0.1', 'http://10.0.0.2']);
  });

  it('is required, and refused where it is none', async () => {
    const wire = createOssWire();
    const failing = async (options: Readonly<Record<string, string>>): Promise<void> => { await (await wire.open(options)).stat(path); };

    await assert.rejects(failing({ oss_endpoint: '' }), withCode('INVALID_CONFIG', /No endpoint.*oss_endpoint.*OSS_ENDPOINT/));
    for (const endpoint of ['ftp://host', 'https://', 'https://me:secret@host', 'a b']) {
      await assert.rejects(failing({ oss_endpoint: endpoint }), (error) => withCode('INVALID_CONFIG', /oss_endpoint/)(error) && !String(error).includes('secret'), endpoint);
    }
    await assert.rejects(failing({ oss_endpoint: '10.0.0.1', addressing_style: 'virtual' }), withCode('INVALID_CONFIG', /IP address/));
    assert.equal(wire.seen.length, 0);
  });
});

describe('OSS: signatures', () => {
  const signedBy = async (options: Readonly<Record<string, string>>, env: Readonly<Record<string, string>> = {}, region = 'cn-hangzhou'): Promise<string> => {
    const wire = createOssWire({ region });
    await (await wire.open(options, env)).write(path, hello);
    return wire.seen[0]?.headers.get('authorization')?.replace(/,?Signature=.*|:.*/, '') ?? '';
  };
  const v4 = (region: string): string => `OSS4-HMAC-SHA256 Credential=LTAIfakekeyid/20261121/${region}/oss/aliyun_v4_request`;

  it('are V4 where the endpoint, oss_region or OSS_REGION names the region, else V1', async () => {
    const regions: readonly (readonly [endpoint: string, region: string])[] = [
      ['oss-cn-hangzhou.aliyuncs.com', 'cn-hangzhou'], ['https://oss-us-west-1-internal.aliyuncs.com', 'us-west-1'], ['cn-shanghai.oss.aliyuncs.com', 'cn-shanghai'],
      ['cn-beijing-internal.oss-data-acc.aliyuncs.com', 'cn-beijing'], ['vpc100-oss-cn-hangzhou.aliyuncs.com', 'cn-hangzhou'], ['s3.oss-eu-central-1.aliyuncs.com', 'eu-central-1'],
    ];
    for (const [oss_endpoint, region] of regions) {
      const wire = createOssWire({ region, domains: { [`bucket.${oss_endpoint.replace('https://', '')}`]: 'bucket' } });
      await (await wire.open({ oss_endpoint })).write(path, hello);
      assert.ok(wire.seen[0]?.headers.get('authorization')?.startsWith(v4(region)), oss_endpoint);
    }
    assert.equal(await signedBy({ oss_endpoint: '10.0.0.1' }), 'OSS LTAIfakekeyid');
    assert.equal(await signedBy({ oss_endpoint: '10.0.0.1', oss_region: 'cn-x' }, {}, 'cn-x'), v4('cn-x'));
    assert.equal(await signedBy({ oss_endpoint: '10.0.0.1' }, { OSS_REGION: 'oss-cn-x' }, 'cn-x'), v4('cn-x'));
    assert.equal(await signedBy({ oss_region: 'cn-x' }, { OSS_REGION: 'cn-y' }, 'cn-x'), v4('cn-x'));
  });

  it('of accelerated endpoints need a region for V4', async () => {
    const wire = createOssWire({ domains: { 'bucket.oss-accelerate.aliyuncs.com': 'bucket' } });

    await (await wire.open({ oss_endpoint: 'oss-accelerate.aliyuncs.com' })).write(path, hello);

    assert.match(wire.seen[0]?.headers.get('authorization') ?? '', /^OSS LTAI/);
    await assert.rejects((await wire.open({ oss_endpoint: 'oss-accelerate.aliyuncs.com', signature_version: 'v4' })).stat(path), withCode('INVALID_CONFIG', /region.*oss_region/));
  });

  it('are chosen by signature_version', async () => {
    assert.equal(await signedBy({ signature_version: 'v1' }), 'OSS LTAIfakekeyid');
    assert.equal(await signedBy({ signature_version: 'v4' }), v4('cn-hangzhou'));
    assert.equal(await signedBy({ signature_version: 'auto' }), v4('cn-hangzhou'));
    await assert.rejects(signedBy({ oss_region: 'x/y' }), withCode('INVALID_CONFIG', /'x\/y' is not a region/));
  });

  it('that the service refuses say which option to set', async () => {
    const wire = createOssWire({ accepts: 'v4' });
    const other = createOssWire({ region: 'cn-beijing' });

    await assert.rejects((await wire.open({ signature_version: 'v1' })).stat(path), withCode('INVALID_CONFIG', /wants V4.*signature_version/));
    await assert.rejects((await other.open()).stat(path), withCode('INVALID_CONFIG', /another region.*oss_region/));
  });
});

describe('OSS: other options', () => {
  it('read_timeout, connect_timeout and ssl_verify are those of the connection', async () => {
    const wire = createOssWire();

    await (await wire.open({ read_timeout: '7', connect_timeout: '3', ssl_verify: 'false' })).write(path, hello);
    await (await wire.open({ ssl_verify: '/ca.pem' })).write(path, hello);
    await (await wire.open()).write(path, hello);

    assert.deepEqual(wire.connections, [{ verifyTls: false, connectTimeoutSeconds: 3, idleTimeoutSeconds: 7 }, { verifyTls: true, caFile: '/ca.pem' }, { verifyTls: true }]);
  });

  it('ssl_verify trusts the authority of a file, all, or only those that are known', { skip: whyMissing('openssl') ?? false }, async () => {
    const certificates = makeCertificates();
    const fake = await startOssFake({ tls: { cert: readFileSync(certificates.server.certificate), key: readFileSync(certificates.server.key) } });
    fake.bucket('bucket');
    const stat = async (options: Readonly<Record<string, string>>): Promise<void> => {
      const driver = await openDriver(oss, 'oss://bucket', { settings: { oss_endpoint: fake.url, oss_key_id: fake.account.keyId, oss_key_secret: fake.account.keySecret, ...options }, home: '/nowhere' });
      try {
        await driver.stat(path);
      } finally {
        await driver.close?.();
      }
    };
    try {
      await assert.rejects(stat({ ssl_verify: certificates.ca }), { code: 'NOT_FOUND' });
      await assert.rejects(stat({ ssl_verify: 'false' }), { code: 'NOT_FOUND' });
      await assert.rejects(stat({}), withCode('UNAVAILABLE', /authority/));
    } finally {
      await fake.stop();
      certificates.remove();
    }
  });

  it('listobjects lists by the old request; without it a service that knows no other is found out', async () => {
    const names = Array.from({ length: 1001 }, (_, index) => `n${String(index).padStart(4, '0')}`);
    const queries = async (options: Readonly<Record<string, string>>, fake: Parameters<typeof createOssWire>[0] = {}): Promise<readonly string[]> => {
      const wire = createOssWire(fake);
      const driver = await wire.open(options);
      for (const name of names) await driver.write(parsePath(name), hello);
      wire.seen.length = 0;
      const found: string[] = [];
      for (let cursor: string | undefined, isFirst = true; isFirst || cursor !== undefined; isFirst = false) {
        const page = await driver.list(parsePath(''), cursor === undefined ? {} : { cursor });
        found.push(...page.entries.map((entry) => entry.path));
        cursor = page.cursor;
      }
      assert.deepEqual(found, names);
      return wire.seen.map(({ target }) => [...new URLSearchParams(target.split('?')[1]).keys()].filter((name) => /token|type$|marker/.test(name)).join(' '));
    };

    assert.deepEqual(await queries({}), ['encoding-type list-type', 'continuation-token encoding-type list-type']);
    assert.deepEqual(await queries({ listobjects: 'true' }), ['encoding-type', 'encoding-type marker']);
    assert.deepEqual(await queries({}, { knowsV2: false }), ['encoding-type list-type', 'encoding-type marker']);
  });

  it('part_size is that of the parts, within what the service takes', async () => {
    const partSize = async (options: Readonly<Record<string, string>>, size: number): Promise<number> => (await (await createOssWire().open(options)).upload(path, { size })).partSize;
    const MIB = 1024 ** 2;

    assert.equal(await partSize({}, 1), 16 * MIB);
    assert.equal(await partSize({ part_size: '1MiB' }, 1), MIB);
    assert.equal(await partSize({ part_size: '1' }, 1), MIB);
    assert.equal(await partSize({ part_size: '9GiB' }, 1), 5 * 1024 * MIB);
    assert.equal(await partSize({ part_size: '1MiB' }, 100_000 * MIB), 10 * MIB);
    await assert.rejects(partSize({}, 50_001 * 1024 * MIB), withCode('INVALID_ARGUMENT', /48\.8 TiB/));
  });

  it('conditional_writes decides whether "create only" is tried', async () => {
    const wire = createOssWire();
    const create = async (options: Readonly<Record<string, string>>): Promise<unknown> => (await wire.open(options)).write(path, hello, { mode: 'create' });

    await create({});
    assert.equal(wire.seen.at(-1)?.headers.get('x-oss-forbid-overwrite'), 'true');
    await assert.rejects(create({}), withCode('ALREADY_EXISTS', /exists already/));
    await assert.rejects(create({ conditional_writes: 'off' }), withCode('UNSUPPORTED', /conditional_writes is off/));
    wire.service.bucket('bucket').versioning = 'Suspended';
    await assert.rejects(create({}), withCode('UNSUPPORTED', /keeps versions/));
    assert.equal(wire.seen.filter(({ method }) => method === 'PUT').length, 2, 'no byte was sent');
    await create({ conditional_writes: 'on' });
  });

  it('what DVC knows stands in its file, all else in ours, and keys are secrets', () => {
    const owners = Object.entries(oss.options).filter(([, { owner }]) => owner === 'dvc').map(([key]) => key);

    assert.deepEqual(owners, ['oss_key_id', 'oss_key_secret', 'oss_endpoint', 'verify', 'jobs', 'checksum_jobs', 'version_aware', 'worktree', 'no_traverse']);
    assert.deepEqual(Object.entries(oss.options).filter(([, { secret }]) => secret).map(([key]) => key), ['oss_key_id', 'oss_key_secret', 'oss_session_token']);
    assert.equal(readOptions(oss.options, new Map()).verify, true);
  });
});
