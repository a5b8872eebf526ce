import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { hasCode } from '../../errors.ts';
import { type Cluster, clusterOf, type Where } from './cluster.ts';
import { type Configuration, readConfiguration } from './configuration.ts';

const file = (properties: Readonly<Record<string, string>>): string => `<configuration>${Object.entries(properties).map(([name, value]) => `<property><name>${name}</name><value>${value}</value></property>`).join('\n')}</configuration>`;
function configured(files: Readonly<Record<string, string>>, env: Readonly<Record<string, string>> = {}): Configuration {
  return readConfiguration('/conf', { readText: (path) => files[path.slice('/conf/'.length)], env });
}
const cluster = (properties: Readonly<Record<string, string>>, where: Where = { host: 'node', port: undefined }): Cluster => clusterOf(where, configured({ 'hdfs-site.xml': file(properties) }));

describe("Hadoop's configuration", () => {
  it('is read with licence, style sheet, comments, blanks and entities; the later file wins unless the value is final', () => {
    const { get } = configured({
      'core-site.xml': '<?xml version="1.0" encoding="UTF-8"?>\n<?xml-stylesheet type="text/xsl" href="configuration.xsl"?>\n<!-- Licensed <to> the -- Foundation -->\n<configuration>\n<property><name> a </name><value>1 &amp; <!-- x -->2\n</value><description>what</description></property><property><name>b</name><value>first</value><final>true</final></property><property><name>c</name><value>first</value></property><property><name>empty</name><value/></property></configuration>\n',
      'hdfs-site.xml': file({ b: 'second', c: 'second' }),
    });
    assert.deepEqual(['a', 'b', 'c', 'empty', 'absent'].map(get), ['1 & 2', 'first', 'second', '', undefined]);
  });

  it('fills in values and variables, and leaves alone what it does not know or what goes round in a circle', () => {
    const { get } = configured({ 'core-site.xml': file({ a: '${b}-${env.HOST}', b: '${c}', c: 'deep', d: '${unknown} ${env.NONE:-other} ${env.NONE}', round: '${round}' }) }, { HOST: 'here' });
    assert.deepEqual(['a', 'd', 'round'].map(get), ['deep-here', '${unknown} other ${env.NONE}', '${round}']);
  });

  it('an absent folder or file says nothing, a broken one is named', () => {
    assert.equal(readConfiguration(undefined, { readText: () => assert.fail('a file was read'), env: {} }).get('a'), undefined);
    assert.equal(configured({}).get('a'), undefined);
    assert.equal(configured({ 'core-site.xml': '<configuration/>' }).get('a'), undefined);
    for (const xml of ['<configuration>', '<!DOCTYPE x [<!ENTITY a "b">]><configuration/>', 'text']) {
      assert.throws(() => configured({ 'core-site.xml': xml }), (error) => hasCode(error, 'INVALID_CONFIG') && error.message.includes('/conf/core-site.xml'), xml);
    }
  });
});

describe('where a cluster is', () => {
  const service = { 'dfs.ha.namenodes.ns': 'a, b', 'dfs.namenode.rpc-address.ns.a': 'one:9000', 'dfs.namenode.rpc-address.ns.b': '[::1]' };

  it('a host is a host, unless it is a name service; a port makes it a host', () => {
    assert.deepEqual(cluster({}).nameNodes, [{ host: 'node', port: 8020 }]);
    assert.deepEqual(cluster(service, { host: 'ns', port: undefined }).nameNodes, [{ host: 'one', port: 9000 }, { host: '::1', port: 8020 }]);
    assert.deepEqual(cluster(service, { host: 'ns', port: 1 }).nameNodes, [{ host: 'ns', port: 1 }]);
    assert.deepEqual(cluster({ 'dfs.namenode.rpc-address.ns': 'single:1' }, { host: 'ns', port: undefined }).nameNodes, [{ host: 'single', port: 1 }]);
    assert.deepEqual(cluster({ ...service, 'fs.defaultFS': 'hdfs://ns' }, { host: '', port: undefined }).nameNodes.length, 2);
  });

  it('what is missing or no address is named', () => {
    const bad: readonly (readonly [Readonly<Record<string, string>>, string, RegExp])[] = [
      [{ 'dfs.ha.namenodes.ns': 'a' }, 'ns', /dfs\.namenode\.rpc-address\.ns\.a is not set/], [{}, '', /fs\.defaultFS is not set/], [{ 'fs.defaultFS': 'viewfs://x' }, '', /'viewfs:\/\/x'/],
      [{ 'dfs.namenode.rpc-address.ns': 'a b' }, 'ns', /no address: 'a b'/], [{ 'dfs.blocksize': 'much' }, 'node', /dfs\.blocksize .* no number: 'much'/],
    ];
    for (const [properties, host, words] of bad) assert.throws(() => cluster(properties, { host, port: undefined }), (error) => hasCode(error, 'INVALID_CONFIG') && words.test(error.message), String(words));
  });

  it('sizes, the umask and the rest are read as Hadoop reads them', () => {
    const { blockSize, replication, umask, useHostname, wantsKerberos, principal, protectsData } = cluster({
      'dfs.blocksize': '256m', 'dfs.replication': '3', 'fs.permissions.umask-mode': '077', 'dfs.client.use.datanode.hostname': 'true', 'hadoop.security.authentication': 'Kerberos', 'dfs.namenode.kerberos.principal': 'nn/_HOST@R', 'dfs.data.transfer.protection': 'authentication',
    });
    assert.deepEqual([blockSize, replication, umask, useHostname, wantsKerberos, principal, protectsData], [256 * 1024 * 1024, 3, 0o077, true, true, 'nn/_HOST@R', true]);
    for (const [text, mask] of [['u=rwx,g=rx,o=', 0o027], ['a=rwx', 0], ['u=rwx,go=r', 0o033], ['0077', 0o077]] as const) assert.equal(cluster({ 'fs.permissions.umask-mode': text }).umask, mask, text);
    assert.deepEqual([cluster({}).umask, cluster({}).blockSize], [0o022, undefined]);
    assert.throws(() => cluster({ 'fs.permissions.umask-mode': 'g-w' }), (error) => hasCode(error, 'INVALID_CONFIG'));
  });
});
