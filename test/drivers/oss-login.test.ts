import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { oss } from '../../src/drivers/oss/index.ts';
import { type ErrorCode, hasCode } from '../../src/errors.ts';
import { readOptions } from '../../src/storage/options.ts';
import { parsePath } from '../../src/storage/path.ts';
import { fromBytes } from '../../src/storage/source.ts';
import { openDriver, openingIn } from '../lent.ts';
import { type EcsMetadataOptions, startEcsMetadata } from '../servers/ecs-metadata.ts';
import { type OssFake, startOssFake } from '../servers/oss-fake.ts';
import { createOssWire, type Whole } from './oss-wire.ts';

const hello = fromBytes(Buffer.from('hello'));
const path = parsePath('object');
const NO_KEYS = { oss_key_id: '', oss_key_secret: '' };
const withCode = (code: ErrorCode, pattern: RegExp) => (error: unknown): boolean => {
  if (!hasCode(error, code)) return false;
  assert.match(`${error.message} ${error.hint ?? ''}`, pattern);
  assert.ok(!/hidden|temporary-secret|fake\/token/.test(JSON.stringify([error.message, error.hint, error.context])), 'it shows a secret');
  return true;
};

describe('OSS: keys', () => {
  const keyOf = async (options: Readonly<Record<string, string>>, env: Readonly<Record<string, string>> = {}): Promise<string> => {
    const wire = createOssWire();
    wire.service.accounts.push({ keyId: 'E', keySecret: 'S' }, { keyId: 'O', keySecret: 'S' });
    await (await wire.open(options, env)).write(path, hello);
    return `${/Credential=([^/]+)/.exec(wire.seen[0]?.headers.get('authorization') ?? '')?.[1] ?? 'nobody'} ${wire.seen[0]?.headers.get('x-oss-security-token') ?? ''}`.trim();
  };

  it('are those of the remote, each else that of the environment', async () => {
    const env = { OSS_ACCESS_KEY_ID: 'E', OSS_ACCESS_KEY_SECRET: 'S' };

    assert.equal(await keyOf({}, env), 'LTAIfakekeyid');
    assert.equal(await keyOf(NO_KEYS, env), 'E');
    assert.equal(await keyOf({ oss_key_id: 'O', oss_key_secret: '' }, env), 'O');
    assert.equal(await keyOf({ oss_key_id: ' O ', oss_key_secret: 'S\n' }), 'O', 'blanks at the ends do not count, as in DVC');
  });

  it('may be temporary: with a token of the remote, or of the environment beside its key', async () => {
    const { temporary: { keyId, keySecret, token = '' } } = createOssWire().service;
    const env = { OSS_ACCESS_KEY_ID: keyId, OSS_ACCESS_KEY_SECRET: keySecret, OSS_SESSION_TOKEN: token };

    assert.equal(await keyOf({ oss_key_id: keyId, oss_key_secret: keySecret, oss_session_token: token }), `${keyId} ${token}`);
    assert.equal(await keyOf(NO_KEYS, env), `${keyId} ${token}`);
    assert.equal(await keyOf({}, env), 'LTAIfakekeyid', 'the token of other keys is not sent along');
    await assert.rejects(keyOf({ oss_key_id: keyId, oss_key_secret: keySecret, oss_session_token: 'hidden' }), withCode('UNAUTHENTICATED', /STS token is not valid.*oss_session_token/));
  });

  it('are sent with their token by V1, too', async () => {
    const wire = createOssWire();
    const { keyId, keySecret, token = '' } = wire.service.temporary;

    await (await wire.open({ oss_key_id: keyId, oss_key_secret: keySecret, oss_session_token: token, signature_version: 'v1' })).write(path, hello);

    assert.equal(wire.seen[0]?.headers.get('x-oss-security-token'), token);
    assert.match(wire.seen[0].headers.get('authorization') ?? '', /^OSS STS\./);
  });

  it('that are half given, or wrong, are refused without being shown', async () => {
    await assert.rejects(keyOf({ oss_key_id: 'K', oss_key_secret: '' }), withCode('INVALID_CONFIG', /Only one of 'oss_key_id' and 'oss_key_secret'/));
    await assert.rejects(keyOf({ oss_key_id: '', oss_key_secret: 'hidden' }), withCode('INVALID_CONFIG', /Only one of/));
    await assert.rejects(keyOf({ oss_key_secret: 'hidden' }), withCode('UNAUTHENTICATED', /secret does not fit/));
    await assert.rejects(keyOf({ oss_key_id: 'nobody', oss_key_secret: 'hidden' }), withCode('UNAUTHENTICATED', /does not know this access key/));
  });

  it('are not sent at all where there are none, or allow_anonymous_login says so', async () => {
    const wire = createOssWire();
    wire.service.bucket('bucket').acl = 'public-read-write';

    await (await wire.open(NO_KEYS)).write(path, hello);
    await (await wire.open({ allow_anonymous_login: 'true' })).write(path, hello);

    assert.deepEqual(wire.seen.map(({ headers }) => [...headers.keys()].filter((name) => /authorization|x-oss-date|token/.test(name))), [[], []]);
    wire.service.bucket('bucket').acl = 'private';
    await assert.rejects((await wire.open(NO_KEYS)).stat(path), withCode('PERMISSION_DENIED', /sent without credentials.*oss_key_id.*oss_ram_role/));
  });
});

describe('OSS: the RAM role of an ECS instance', () => {
  interface Stage { readonly fake: OssFake; readonly open: (settings?: Readonly<Record<string, string>>, env?: Readonly<Record<string, string>>) => Promise<Whole>; readonly asked: string[] }
  const onStage = async (options: Partial<EcsMetadataOptions>, play: (stage: Stage) => Promise<void>): Promise<void> => {
    const fake = await startOssFake();
    fake.bucket('bucket');
    const hour = Date.now() + 3_600_000;
    const metadata = await startEcsMetadata({ keys: () => ({ ...fake.temporary, token: fake.temporary.token, expiresAt: hour }), ...options });
    const drivers: Whole[] = [];
    const open: Stage['open'] = async (settings = { oss_ram_role: 'MyRole' }, env = {}) => {
      const placed = new Map(Object.entries({ oss_endpoint: fake.url, oss_metadata_endpoint: metadata.url, ...settings }).map(([key, value]) => [key, { value, place: 'test' }]));
      const base = openingIn('/nowhere');
      const driver = (await oss.open(oss.parse('oss://bucket'), readOptions(oss.options, placed), { ...base, env: { ...base.env, ...env } })) as Whole;
      drivers.push(driver);
      return driver;
    };
    try {
      await play({ fake, open, asked: metadata.asked });
    } finally {
      for (const driver of drivers) await driver.close();
      await metadata.stop();
      await fake.stop();
    }
  };
  const roles = '/latest/meta-data/ram/security-credentials/';

  it('is asked for once, by a token first', async () => {
    await onStage({ mode: 'new' }, async ({ open, asked, fake }) => {
      const driver = await open();
      await Promise.all([driver.write(path, hello), driver.write(parsePath('other'), hello)]);
      await driver.stat(path);

      assert.deepEqual(asked, ['PUT /latest/api/token', `GET ${roles}MyRole`]);
      assert.equal(fake.seen[0]?.headers['x-oss-security-token'], fake.temporary.token);
    });
  });

  it('is found out by auto, and by the variable of its name where there are no keys', async () => {
    await onStage({}, async ({ open, asked, fake }) => {
      await (await open({ oss_ram_role: 'auto' })).write(path, hello);
      await (await open({}, { ALIBABA_CLOUD_ECS_METADATA: 'MyRole' })).write(path, hello);
      assert.deepEqual(asked, ['PUT /latest/api/token', `GET ${roles}`, `GET ${roles}MyRole`, 'PUT /latest/api/token', `GET ${roles}MyRole`]);

      await (await open({}, { ALIBABA_CLOUD_ECS_METADATA: 'MyRole', OSS_ACCESS_KEY_ID: fake.account.keyId, OSS_ACCESS_KEY_SECRET: fake.account.keySecret })).write(path, hello);
      assert.equal(asked.length, 5, 'keys count before the role of the environment');
      await (await open({ oss_ram_role: 'MyRole' }, { OSS_ACCESS_KEY_ID: 'other', OSS_ACCESS_KEY_SECRET: 'other' })).write(path, hello);
      assert.equal(asked.length, 7, 'a role of the remote counts before keys of the environment');
    });
  });

  it('is asked for without a token where the instance has none, unless that is forbidden', async () => {
    await onStage({ mode: 'old' }, async ({ open, asked }) => {
      await (await open()).write(path, hello);
      assert.deepEqual(asked, ['PUT /latest/api/token', `GET ${roles}MyRole`]);

      await assert.rejects((await open({ oss_ram_role: 'MyRole' }, { ALIBABA_CLOUD_IMDSV1_DISABLED: 'true' })).stat(path), withCode('UNAUTHENTICATED', /IMDSV1_DISABLED/));
      await assert.rejects((await open({ oss_ram_role: 'MyRole' }, { ALIBABA_CLOUD_ECS_METADATA_DISABLED: 'true' })).stat(path), withCode('UNAUTHENTICATED', /METADATA_DISABLED/));
      assert.equal(asked.length, 3);
    });
  });

  it('gives new keys shortly before the old ones end, and when the service calls them expired', async () => {
    let ends = Date.now() + 60_000;
    await onStage({ keys: (count) => ({ keyId: `STS.${count}`, keySecret: 's', token: `T${count}`, expiresAt: ends }) }, async ({ open, asked, fake }) => {
      fake.accounts.push(...[1, 2, 3].map((count) => ({ keyId: `STS.${count}`, keySecret: 's', token: `T${count}`, ...(count === 2 && { isExpired: true }) })));
      const driver = await open();
      await driver.write(path, hello);
      ends += 3_600_000;

      await driver.write(path, hello);

      assert.deepEqual(fake.seen.map(({ headers }) => headers['x-oss-security-token']), ['T1', 'T2', 'T3']);
      assert.equal(asked.filter((line) => line.endsWith('MyRole')).length, 3);
    });
  });

  it('is asked for past every proxy, and what is missing is said', async () => {
    await onStage({ role: '' }, async ({ open }) => {
      const proxy = { HTTP_PROXY: 'http://127.0.0.1:1', NO_PROXY: 'none' };

      await assert.rejects((await open({ oss_ram_role: 'auto' }, proxy)).stat(path), withCode('UNAUTHENTICATED', /this instance has no RAM role/));
      await assert.rejects((await open({ oss_ram_role: 'Other' }, proxy)).stat(path), withCode('UNAUTHENTICATED', /no RAM role 'Other'/));
      await assert.rejects((await open({ oss_ram_role: 'auto', oss_metadata_endpoint: 'http://127.0.0.1:1' })).stat(path), withCode('UNAUTHENTICATED', /cannot be asked/));
      await assert.rejects((await open({ oss_ram_role: 'auto', oss_metadata_endpoint: 'nonsense' })).stat(path), withCode('INVALID_CONFIG', /oss_metadata_endpoint/));
    });
  });

  it('stands beside no keys, and is at a fixed address unless an option says otherwise', async () => {
    const wire = createOssWire();
    await assert.rejects(openDriver(oss, 'oss://bucket', { settings: { oss_ram_role: 'a', oss_key_id: 'b' }, home: '/nowhere' }), withCode('INVALID_CONFIG', /exclude each other/));

    await assert.rejects((await wire.open({ ...NO_KEYS, oss_ram_role: 'a' })).stat(path));

    assert.deepEqual(wire.seen.map(({ method, origin, target }) => `${method} ${origin}${target}`)[0], 'PUT http://100.100.100.200/latest/api/token');
    assert.equal(wire.connections.at(-1)?.usesProxy, false);
  });
});
