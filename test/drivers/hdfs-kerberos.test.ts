import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { after, before, describe, it } from 'node:test';
import { createHdfsDriver } from '../../src/drivers/hdfs/driver.ts';
import { hdfs } from '../../src/drivers/hdfs/index.ts';
import { openPlace } from '../../src/drivers/hdfs/open-place.ts';
import { openWire } from '../../src/drivers/hdfs/wire.ts';
import { hasCode } from '../../src/errors.ts';
import type { ImportKerberos, Kerberos } from '../../src/http/kerberos.ts';
import { readOptions } from '../../src/storage/options.ts';
import { parsePath } from '../../src/storage/path.ts';
import { fromBytes } from '../../src/storage/source.ts';
import { judgeProgram, whyMissing } from '../judges.ts';
import { openingIn } from '../lent.ts';
import { type HadoopServer, type KerberosRealm, startHadoop } from '../servers/hadoop.ts';
import { temporaryFolder } from '../servers/server.ts';
import { bytesOf, type HdfsDriver } from './hdfs-cluster.ts';

const object = parsePath('object');
const importKerberos: ImportKerberos = async () => await import(pathToFileURL(judgeProgram('kerberos-node')).href) as { readonly default: Kerberos };
const setVariable = (name: string, value: string | undefined): void => {
  if (value === undefined) delete process.env[name];
  else process.env[name] = value;
};

/** A cluster that lets in only those with a ticket, and a ticket of alice. */
function withRealm(configuration: Readonly<Record<string, string>>, tests: (realm: () => { readonly server: HadoopServer; readonly kerberos: KerberosRealm; readonly cache: string }) => void): void {
  let realm: { readonly server: HadoopServer; readonly kerberos: KerberosRealm; readonly cache: string } | undefined;
  before(async () => {
    const server = await startHadoop({ kerberos: true, datanodes: 2, configuration: { 'dfs.replication': '2', 'dfs.blocksize': '1048576', ...configuration } });
    assert.ok(server.kerberos);
    const { KRB5_CONFIG, KRB5CCNAME } = server.kerberos.login();
    setVariable('KRB5_CONFIG', KRB5_CONFIG);
    realm = { server, kerberos: server.kerberos, cache: KRB5CCNAME };
  });
  after(async () => {
    setVariable('KRB5_CONFIG', undefined);
    await realm?.server.stop();
  });
  tests(() => {
    assert.ok(realm);
    return realm;
  });
}
function open(server: HadoopServer, settings: Readonly<Record<string, string>>, lent: { readonly without?: boolean } = {}): HdfsDriver {
  return createHdfsDriver(openPlace({
    address: hdfs.parse(`hdfs://localhost:${server.rpcPort}/user/alice/kerberos`), options: readOptions(hdfs.options, new Map(Object.entries(settings).map(([key, value]) => [key, { value, place: 'test' }]))),
    opening: { ...openingIn(server.folder), setVariable, env: process.env }, openWire, importKerberos: lent.without === true ? async () => await import('./no-such-package.js' as string) as never : importKerberos,
  })) as HdfsDriver;
}

const skip = whyMissing('minihdfs', 'kerberos-node', 'kerberos') ?? false;

describe('HDFS with Kerberos', { skip }, () => {
  withRealm({}, (realm) => {
    it('kerb_ticket: the ticket of that cache says who writes and reads, with block tokens for the data nodes', async () => {
      const { server, cache } = realm();
      const driver = open(server, { kerb_ticket: cache });
      const bytes = randomBytes(2_500_000);

      await driver.write(object, fromBytes(bytes));
      assert.ok((await bytesOf(driver, object)).equals(bytes));
      const sizes = await Promise.all(Array.from({ length: 40 }, async (_, index) => {
        await driver.write(parsePath(`many/${index}`), fromBytes(randomBytes(index)));
        return (await driver.stat(parsePath(`many/${index}`))).size;
      }));

      assert.deepEqual(sizes, Array.from({ length: 40 }, (_, index) => index));
      assert.equal(process.env['KRB5CCNAME'], undefined, 'the process kept the cache');
      await driver.close?.();
    });

    it('core-site.xml: Kerberos is used where the configuration says so, with the ticket that is usual here', async () => {
      const { server, cache, kerberos } = realm();
      const folder = temporaryFolder('hadoop-configuration');
      writeFileSync(join(folder, 'core-site.xml'), '<configuration><property><name>hadoop.security.authentication</name><value>kerberos</value></property></configuration>');
      writeFileSync(join(folder, 'hdfs-site.xml'), `<configuration><property><name>dfs.namenode.kerberos.principal</name><value>nn/_HOST@${kerberos.realm}</value></property></configuration>`);
      setVariable('KRB5CCNAME', cache);
      try {
        const driver = open(server, { config_dir: folder });
        await driver.write(object, fromBytes(Buffer.from('usual')));
        assert.equal(String(await bytesOf(driver, object)), 'usual');
        await driver.close?.();
      } finally { setVariable('KRB5CCNAME', undefined); }
    });

    it('user: one whom the ticket does not name is somebody to act for, which the cluster must allow', async () => {
      const { server, cache } = realm();
      const [same, other] = [open(server, { kerb_ticket: cache, user: 'alice' }), open(server, { kerb_ticket: cache, user: 'bob' })];
      assert.deepEqual((await same.list(parsePath('nothing'))).entries, []);
      await assert.rejects(other.stat(object), (error) => hasCode(error, 'PERMISSION_DENIED') && /alice.* is not allowed to impersonate bob/.test(error.message));
      await same.close?.();
    });

    it('without a ticket, without the package and without Kerberos the error says what to do', async () => {
      const { server, cache } = realm();
      await assert.rejects(open(server, { kerb_ticket: 'FILE:/nowhere' }).stat(object), (error) => hasCode(error, 'UNAUTHENTICATED') && /kinit/.test(error.hint ?? ''));
      await assert.rejects(open(server, { user: 'alice' }).stat(object), (error) => hasCode(error, 'UNAUTHENTICATED') && /kerb_ticket/.test(error.hint ?? ''));
      await assert.rejects(open(server, { kerb_ticket: cache }, { without: true }).stat(object), (error) => hasCode(error, 'UNSUPPORTED') && /npm install kerberos/.test(error.hint ?? ''));
    });
  });

  it('a cluster that does not offer Kerberos to who asks for it is refused', async () => {
    const server = await startHadoop();
    try {
      await assert.rejects(open(server, { kerb_ticket: 'FILE:/nowhere' }).stat(object), (error) => hasCode(error, 'UNAUTHENTICATED') && /does not offer Kerberos/.test(error.message));
    } finally { await server.stop(); }
  });
});

describe('HDFS with Kerberos that wants messages signed', { skip }, () => {
  withRealm({ 'hadoop.rpc.protection': 'integrity' }, (realm) => {
    it('is said to be out of reach, with a way around', async () => {
      const { server, cache } = realm();
      await assert.rejects(open(server, { kerb_ticket: cache }).stat(object), (error) => hasCode(error, 'UNSUPPORTED') && /hadoop\.rpc\.protection/.test(error.message) && /webhdfs/.test(error.hint ?? ''));
    });
  });
});

for (const protection of ['authentication', 'privacy']) {
  describe(`data nodes with dfs.data.transfer.protection = ${protection}`, { skip }, () => {
    withRealm({ 'dfs.data.transfer.protection': protection }, (realm) => {
      it(protection === 'authentication' ? 'are logged in to with the token of the block' : 'are said to be out of reach', async () => {
        const { server, cache } = realm();
        const folder = temporaryFolder('hadoop-configuration');
        writeFileSync(join(folder, 'hdfs-site.xml'), `<configuration><property><name>dfs.data.transfer.protection</name><value>${protection}</value></property></configuration>`);
        const driver = open(server, { kerb_ticket: cache, config_dir: folder });
        const bytes = randomBytes(2_500_000);
        if (protection !== 'authentication') {
          await assert.rejects(driver.write(object, fromBytes(bytes)), (error) => hasCode(error, 'UNSUPPORTED') && /dfs\.data\.transfer\.protection/.test(error.message));
          return;
        }
        await driver.write(object, fromBytes(bytes));
        assert.ok((await bytesOf(driver, object)).equals(bytes));
        assert.match((await driver.stat(object)).etag ?? '', /^[0-9a-f]{56}$/);
        await driver.close?.();

        const unaware = open(server, { kerb_ticket: cache });
        await assert.rejects(bytesOf(unaware, object), (error) => hasCode(error, 'UNAVAILABLE') && /dfs\.data\.transfer\.protection/.test(error.hint ?? ''));
        await unaware.close?.();
      });
    });
  });
}
