import { createHdfsDriver } from '../../../src/drivers/hdfs/driver.ts';
import { hdfs } from '../../../src/drivers/hdfs/index.ts';
import { openPlace } from '../../../src/drivers/hdfs/open-place.ts';
import { openWire } from '../../../src/drivers/hdfs/wire.ts';
import { webhdfs } from '../../../src/drivers/webhdfs/index.ts';
import type { Opening } from '../../../src/storage/definition.ts';
import { readOptions } from '../../../src/storage/options.ts';
import { openingIn } from '../../lent.ts';
import { type Skip, skips } from '../../quirks.ts';
import { type HadoopServer, startHadoop } from '../../servers/hadoop.ts';
import type { Target } from '../../targets.ts';

/** One of the connections by which a storage is reached, for the proxy that breaks things. */
export interface WireTarget extends Pick<Target, 'name' | 'judges' | 'lacks' | 'start'> {
  readonly wire: 'http' | 'raw';
  /** Faults that nobody could notice, each with the reason; they are not tried. */
  readonly unnoticed?: readonly Skip[];
}

const hadoop = { judges: ['minihdfs'], lacks: ['listVersions', 'origin', 'presign'] } as const;
/** Names are the name node's business alone. */
const dataNode = { judges: hadoop.judges, lacks: [...hadoop.lacks, 'list', 'delete'] } as const;

/** A cluster leads from its name node to its data nodes, past any proxy: each of the four ways is broken by itself. */
export const hadoopWires: readonly WireTarget[] = [
  {
    name: 'hdfs (calls to the name node)', wire: 'raw', ...hadoop,
    unnoticed: skips('calls of Hadoop have no checksum of their own, so that a flipped bit asks for, or tells of, something else', ['fetch', 'push', 'list'].flatMap((operation) => [200, 1200, 3000].map((at) => `${operation}: flip at byte ${at} from the client`))),
    start: async () => startNative((server) => server.rpcPort),
  },
  { name: 'hdfs (blocks of a data node)', wire: 'raw', ...dataNode, start: async () => startNative(async (server) => (await dataNodeOf(server)).blocks) },
  {
    name: 'webhdfs (namenode)', wire: 'http', ...hadoop,
    unnoticed: skips('the NameNode answers a read by leading elsewhere, without a body that could be damaged', ['fetch: a bit of every body is flipped', 'fetch: a length that is too short']),
    start: async () => startOverHttp((server) => server.port),
  },
  { name: 'webhdfs (data node)', wire: 'http', ...dataNode, start: async () => startOverHttp(async (server) => (await dataNodeOf(server)).http) },
];

type PortOf = (server: HadoopServer) => number | Promise<number>;

async function startNative(portOf: PortOf): ReturnType<Target['start']> {
  const server = await startHadoop();
  const port = await portOf(server);
  return {
    port,
    open: async (throughPort = port) => createHdfsDriver(openPlace({
      address: hdfs.parse(`hdfs://alice@localhost:${server.rpcPort}/user/alice/faults`), options: readOptions(hdfs.options, new Map()), opening: openingIn(server.folder),
      openWire: async (request) => await openWire(request.port === port ? { ...request, port: throughPort } : request),
    })),
    stop: async () => { await server.stop(); },
  };
}

async function startOverHttp(portOf: PortOf): ReturnType<Target['start']> {
  const server = await startHadoop();
  const port = await portOf(server);
  return {
    port,
    open: async (throughPort = port) => await webhdfs.open(webhdfs.parse(`webhdfs://alice@localhost:${server.port}/user/alice/faults`), readOptions(webhdfs.options, new Map()), detoured(openingIn(server.folder), String(port), String(throughPort))),
    stop: async () => { await server.stop(); },
  };
}

/** Has what goes to one port go to another. */
function detoured(opening: Opening, from: string, to: string): Opening {
  return {
    ...opening,
    connect(settings) {
      const transport = opening.connect(settings);
      return {
        ...transport,
        async send(request) {
          if (request.url.port !== from) return await transport.send(request);
          const url = new URL(request.url);
          url.port = to;
          return await transport.send({ ...request, url });
        },
      };
    },
  };
}

/** Where the one data node listens, as the name node knows it. */
async function dataNodeOf({ port }: HadoopServer): Promise<{ readonly blocks: number; readonly http: number }> {
  const answer = (await (await fetch(`http://localhost:${port}/jmx?qry=Hadoop:service=NameNode,name=NameNodeInfo`)).json()) as { readonly beans: readonly [{ readonly LiveNodes: string }] };
  const [node] = Object.values(JSON.parse(answer.beans[0].LiveNodes) as Readonly<Record<string, { readonly xferaddr: string; readonly infoAddr: string }>>);
  if (!node) throw new Error('the cluster has no data node');
  const portOf = (address: string): number => Number(address.slice(address.lastIndexOf(':') + 1));
  return { blocks: portOf(node.xferaddr), http: portOf(node.infoAddr) };
}
