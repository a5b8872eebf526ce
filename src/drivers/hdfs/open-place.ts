import { readText } from '../../disk/read.ts';
import { TowlineError } from '../../errors.ts';
import type { Address, Opening } from '../../storage/definition.ts';
import type { ImportKerberos } from '../../http/kerberos.ts';
import { kerberos, simple, userName } from './auth.ts';
import { CHECKSUM_TYPES } from './checksums.ts';
import { type Cluster, clusterOf } from './cluster.ts';
import { readConfiguration } from './configuration.ts';
import { createDataNodes } from './data-nodes.ts';
import { createLease } from './lease.ts';
import { createNameNode, type NameNode } from './name-node.ts';
import type { HdfsOptions } from './options.ts';
import type { ClusterSettings, HdfsPlace } from './place.ts';
import { type Authentication, openRpcConnection } from './rpc-connection.ts';
import type { OpenWire } from './wire.ts';

export interface PlaceRequest { readonly address: Address; readonly options: HdfsOptions; readonly opening: Opening; readonly openWire: OpenWire; readonly importKerberos?: ImportKerberos }

/** Puts together what the verbs need. Nothing is asked or read before the first call. */
export function openPlace({ address, options, opening, openWire, importKerberos }: PlaceRequest): HdfsPlace {
  const { connect_timeout: connectSeconds = 20, read_timeout: readSeconds = 45 } = options;
  const [connectMs, patienceMs] = [connectSeconds * 1000, readSeconds * 1000];
  const inUrl = address.options ?? {};
  const cluster = once(() => loadCluster(address, options, opening));
  const clientId = opening.randomBytes(16);
  const asked = options.user ?? inUrl['user'];
  const ticketCache = options.kerb_ticket;
  const usesKerberos = (): boolean => ticketCache !== undefined || cluster().wantsKerberos;
  const authentication = (host: string): Authentication =>
    usesKerberos() ? kerberos({ ticketCache, principal: cluster().principal, user: asked, runtime: opening, importKerberos }, host) : simple(userName([asked], opening.env));
  const nameNode = createNameNode({
    wait: opening.wait, endpoints: () => cluster().nameNodes,
    connect: async ({ host, port }) => await openRpcConnection(await openWire({ host, port, patienceMs: connectMs, signal: undefined }), { clientId, authentication: authentication(host), patienceMs, now: opening.now }),
  });
  return {
    displayUrl: address.displayUrl, root: address.path === '/' ? '' : (address.path ?? ''), nameNode, patienceMs, runtime: opening, checksums: new Map(),
    dataNodes: createDataNodes({ openWire, connectMs, patienceMs, now: opening.now, randomBytes: opening.randomBytes, useHostname: () => cluster().useHostname, wantsLogin: () => usesKerberos() && cluster().protectsData }),
    lease: createLease(nameNode, opening),
    settings: onceDone(async () => await askSettings(nameNode, { cluster: cluster(), replication: options.replication ?? numberOf(inUrl['replication']) })),
  };
}

const numberOf = (text: string | undefined): number | undefined => (text === undefined ? undefined : Number(text));

/** The configuration's files are read at the first use. */
function loadCluster({ host = '', options: inUrl = {} }: Address, { config_dir: chosen }: HdfsOptions, { env }: Opening): Cluster {
  const home = env['HADOOP_HOME'];
  const folder = chosen ?? env['HADOOP_CONF_DIR'] ?? (home === undefined ? undefined : `${home}/etc/hadoop`);
  return clusterOf({ host, port: numberOf(inUrl['port']) }, readConfiguration(folder, { readText, env }));
}

/** Where neither the remote nor the configuration says how files are written, the cluster does. */
async function askSettings(nameNode: NameNode, { cluster, replication }: { readonly cluster: Cluster; readonly replication: number | undefined }): Promise<ClusterSettings> {
  const { serverDefaults: defaults } = await nameNode.call('getServerDefaults', {});
  if (defaults.encryptDataTransfer === true) {
    throw new TowlineError('UNSUPPORTED', 'the cluster encrypts what data nodes send (dfs.encrypt.data.transfer), which this client cannot', { hint: 'Use webhdfs:// or swebhdfs for it.' });
  }
  const bytesPerChecksum = defaults.bytesPerChecksum;
  return {
    replication: replication ?? cluster.replication ?? defaults.replication, blockSize: cluster.blockSize ?? defaults.blockSize,
    summing: { type: CHECKSUM_TYPES[defaults.checksumType ?? 1] ?? 'crc32', bytesPerChecksum },
    packetBytes: Math.max(Math.floor(defaults.writePacketSize / (bytesPerChecksum + 4)), 1) * bytesPerChecksum,
    mode: 0o666 & ~cluster.umask,
  };
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
/** One that failed is tried again. */
function onceDone<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return async () => {
    made ??= make();
    try {
      return await made;
    } catch (error) {
      made = undefined;
      throw error;
    }
  };
}
