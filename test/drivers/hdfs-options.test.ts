import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { hdfs } from '../../src/drivers/hdfs/index.ts';
import { hasCode } from '../../src/errors.ts';
import type { Opening } from '../../src/storage/definition.ts';
import { readOptions } from '../../src/storage/options.ts';
import { parsePath } from '../../src/storage/path.ts';
import { fromBytes } from '../../src/storage/source.ts';
import { findJudge, whyMissing } from '../judges.ts';
import { openingIn } from '../lent.ts';
import { startHadoop, type HadoopServer } from '../servers/hadoop.ts';
import { seenStatus } from '../servers/hadoop-client.ts';
import { temporaryFolder } from '../servers/server.ts';
import { bytesOf, type HdfsDriver } from './hdfs-cluster.ts';

const object = parsePath('object');
const small = fromBytes(Buffer.from('small'));
const skip = whyMissing('minihdfs') ?? false;

const propertiesOf = (properties: Readonly<Record<string, string>>): string =>
  `<?xml version="1.0"?>\n<?xml-stylesheet type="text/xsl" href="configuration.xsl"?>\n<!-- ours -->\n<configuration>${Object.entries(properties).map(([name, value]) => `<property><name>${name}</name><value>${value}</value></property>`).join('')}</configuration>`;

/** A folder with the files of a Hadoop configuration. */
function configuration(core: Readonly<Record<string, string>>, site: Readonly<Record<string, string>> = {}): string {
  const folder = temporaryFolder('hadoop-configuration');
  writeFileSync(join(folder, 'core-site.xml'), propertiesOf(core));
  writeFileSync(join(folder, 'hdfs-site.xml'), propertiesOf(site));
  return folder;
}
function portOf(listening: Server): number {
  const address = listening.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}
interface Opened { readonly settings?: Readonly<Record<string, string>>; readonly env?: Readonly<Record<string, string>> }

describe('the options of HDFS', { skip }, () => {
  let server: HadoopServer;
  const drivers: HdfsDriver[] = [];
  const open = async (url: string, { settings = {}, env = {} }: Opened = {}): Promise<HdfsDriver> => {
    const placed = new Map(Object.entries(settings).map(([key, value]) => [key, { value, place: 'test' }]));
    const opening = openingIn(server.folder);
    const driver = await hdfs.open(hdfs.parse(url), readOptions(hdfs.options, placed), { ...opening, env: { ...opening.env, ...env } }) as HdfsDriver;
    drivers.push(driver);
    return driver;
  };
  const place = (folder: string, user = ''): string => `hdfs://${user}localhost:${server.rpcPort}/tmp/${folder}`;
  before(async () => { server = await startHadoop({ datanodes: 3, named: true }); });
  after(async () => {
    for (const driver of drivers) await driver.close?.();
    await server.stop();
  });

  it('user: the setting, then the URL, then HADOOP_USER_NAME, then the user of the machine', async () => {
    const env = { HADOOP_USER_NAME: 'carol', USER: 'dave' };
    const cases = [
      ['setting', place('u1', 'bob@'), { settings: { user: 'alice' }, env }, 'alice'], ['URL', place('u2', 'bob@'), { env }, 'bob'],
      ['environment', place('u3'), { env }, 'carol'], ['machine', place('u4'), { env: { USER: 'dave' } }, 'dave'],
    ] as const;
    for (const [what, url, opened, owner] of cases) {
      await (await open(url, opened)).write(object, small);
      assert.equal((await seenStatus(server, `${url.replace(/^hdfs:\/\/[^/]*/, '')}/object`)).owner, owner, what);
    }
  });

  it('replication: the setting, then the URL, then dfs.replication, then what the cluster says', async () => {
    const folder = configuration({}, { 'dfs.replication': '3' });
    const cases = [
      ['setting', `${place('r1')}?replication=3`, { settings: { replication: '2', config_dir: folder } }, 2], ['URL', `${place('r2')}?replication=2`, { settings: { config_dir: folder } }, 2],
      ['configuration', place('r3'), { settings: { config_dir: folder } }, 3], ['cluster', place('r4'), {}, 1],
    ] as const;
    for (const [what, url, opened, replication] of cases) {
      await (await open(url, opened)).write(object, small);
      assert.equal((await seenStatus(server, `${hdfs.parse(url).path ?? ''}/object`)).replication, replication, what);
    }
    assert.throws(() => readOptions(hdfs.options, new Map([['replication', { value: '0', place: 'test' }]])), /at least 1/);
  });

  it('config_dir, HADOOP_CONF_DIR and HADOOP_HOME: fs.defaultFS, dfs.blocksize and the umask', async () => {
    const folder = configuration({ 'fs.defaultFS': `hdfs://localhost:${server.rpcPort}/`, 'fs.permissions.umask-mode': '027', size: '${env.BLOCK:-1}m' }, { 'dfs.blocksize': '${size}' });
    const home = temporaryFolder('hadoop-home');
    mkdirSync(join(home, 'etc'), { recursive: true });
    const cases: readonly (readonly [string, Opened])[] = [
      ['hdfs:///tmp/c1', { settings: { config_dir: folder }, env: { HADOOP_CONF_DIR: '/nowhere' } }], ['hdfs://default/tmp/c2', { env: { HADOOP_CONF_DIR: folder, HADOOP_HOME: home } }],
    ];
    for (const [url, opened] of cases) {
      await (await open(url, { ...opened, env: { ...opened.env, BLOCK: '2' } })).write(object, small);
      const { blockSize, permission } = await seenStatus(server, `${hdfs.parse(url).path ?? ''}/object`);
      assert.deepEqual({ blockSize, permission }, { blockSize: 2 * 1024 * 1024, permission: '640' });
    }
    const { blockSize, permission } = await (async () => { await (await open(place('c3'))).write(object, small); return await seenStatus(server, '/tmp/c3/object'); })();
    assert.deepEqual({ blockSize, permission }, { blockSize: 128 * 1024 * 1024, permission: '644' });
    await assert.rejects((await open('hdfs:///tmp/c4')).stat(object), (error) => hasCode(error, 'INVALID_CONFIG') && /fs.defaultFS is not set/.test(error.message));
  });

  it('dfs.client.use.datanode.hostname: data nodes are called by name instead of by address', async () => {
    const folder = configuration({}, { 'dfs.client.use.datanode.hostname': 'true' });

    await assert.rejects((await open(place('h1'), { settings: { config_dir: folder } })).write(object, small), (error) => hasCode(error, 'UNAVAILABLE') && /data\d\.invalid/.test(error.message));
    await (await open(place('h2'))).write(object, small);
  });

  it('read_timeout: a name node that says nothing is given up', async () => {
    const sockets: Socket[] = [];
    const silent = createServer((socket) => { sockets.push(socket); });
    await new Promise<void>((resolve) => { silent.listen(0, '127.0.0.1', resolve); });
    try {
      const driver = await open(`hdfs://127.0.0.1:${portOf(silent)}/x`, { settings: { read_timeout: '1' } });
      await assert.rejects(driver.stat(object), (error) => hasCode(error, 'TIMEOUT') && error.retryable && /read_timeout/.test(error.hint ?? ''));
    } finally {
      for (const socket of sockets) socket.destroy();
      silent.close();
    }
  });

  it('connect_timeout: a name node that takes no connection is given up', { skip: whyMissing('python') ?? false }, async () => {
    // A server that never takes a connection answers none once its queue is full.
    const program = spawn(findJudge('python') ?? '', ['-c', 'import socket, sys\ns = socket.socket()\ns.bind(("127.0.0.1", 0))\ns.listen(0)\nprint(s.getsockname()[1], flush=True)\nsys.stdin.read()'], { stdio: ['pipe', 'pipe', 'inherit'] });
    const port = Number(String(await new Promise<Buffer>((resolve) => { program.stdout.once('data', resolve); })));
    const queued = Array.from({ length: 4 }, () => connect(port, '127.0.0.1').on('error', () => undefined));
    try {
      await new Promise((resolve) => { queued[0]?.once('connect', resolve); });
      const driver = await open(`hdfs://127.0.0.1:${port}/x`, { settings: { connect_timeout: '1' } });
      await assert.rejects(driver.stat(object), (error) => hasCode(error, 'TIMEOUT') && error.retryable && /no connection within 1 s/.test(error.message));
    } finally {
      for (const socket of queued) socket.destroy();
      program.stdin.end();
    }
  });

  it('a port where something else listens is said to be that', async () => {
    const web = createServer((socket) => { socket.on('error', () => undefined).write('HTTP/1.1 400 Bad Request\r\n\r\n'); });
    await new Promise<void>((resolve) => { web.listen(0, '127.0.0.1', resolve); });
    try {
      const driver = await open(`hdfs://127.0.0.1:${portOf(web)}/x`);
      await assert.rejects(driver.stat(object), (error) => hasCode(error, 'CORRUPT') && /not of its web pages/.test(error.hint ?? ''));
      await driver.close?.();
    } finally { web.close(); }
  });
});

describe('a name service with two name nodes', { skip }, () => {
  let server: HadoopServer;
  before(async () => { server = await startHadoop({ ha: true, datanodes: 2, configuration: { 'dfs.blocksize': '1048576', 'dfs.replication': '2' } }); });
  after(async () => { await server.stop(); });
  const settings = (first: number | undefined, second: number | undefined): Readonly<Record<string, string>> => ({
    config_dir: configuration({ 'fs.defaultFS': 'hdfs://cluster' }, {
      'dfs.nameservices': 'cluster', 'dfs.ha.namenodes.cluster': 'one, two',
      'dfs.namenode.rpc-address.cluster.one': `localhost:${first ?? 0}`, 'dfs.namenode.rpc-address.cluster.two': `localhost:${second ?? 0}`,
    }),
    user: 'alice',
  });
  const open = async (first: number | undefined, second: number | undefined, clock: Partial<Pick<Opening, 'wait'>> = {}): Promise<HdfsDriver> => {
    const placed = new Map(Object.entries(settings(first, second)).map(([key, value]) => [key, { value, place: 'test' }]));
    return await hdfs.open(hdfs.parse('hdfs://cluster/user/alice/ha'), readOptions(hdfs.options, placed), { ...openingIn(server.folder), ...clock }) as HdfsDriver;
  };

  it('finds the active one whichever stands first, and follows it when the cluster fails over, also in the middle of a write', async () => {
    const [one, two] = [await open(server.rpcPort, server.standbyPort), await open(server.standbyPort, server.rpcPort)];
    await one.write(object, small);
    assert.equal(String(await bytesOf(two, object)), 'small');

    const bytes = Buffer.alloc(3 * 1024 * 1024 + 5, 'failing over');
    await one.write(parsePath('large'), {
      size: bytes.byteLength,
      async *open() {
        yield bytes.subarray(0, 1_500_000);
        await server.command('standby 0');
        await server.command('active 1');
        yield bytes.subarray(1_500_000);
      },
    });

    assert.ok((await bytesOf(two, 'large')).equals(bytes));
    assert.equal(String(await bytesOf(one, object)), 'small');
    await server.command('stop-namenode 0');
    await one.write(object, fromBytes(Buffer.from('after it died')));
    assert.equal(String(await bytesOf(await open(server.rpcPort, server.standbyPort), object)), 'after it died');
    for (const driver of [one, two]) await driver.close?.();
  });

  it('when all are in standby the error says so and may be tried again', async () => {
    await server.command('standby 1');
    const pauses: number[] = [];
    const driver = await open(server.rpcPort, server.standbyPort, { wait: async (pause) => { pauses.push(pause); await Promise.resolve(); } });
    await assert.rejects(driver.stat(object), (error) => hasCode(error, 'UNAVAILABLE') && error.retryable && /standby|refused/i.test(error.message));
    assert.deepEqual(pauses, [500, 1000, 2000, 4000, 8000]);
    await driver.close?.();
  });
});
