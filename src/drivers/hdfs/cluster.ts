import { TowlineError } from '../../errors.ts';
import type { Configuration } from './configuration.ts';
import type { Endpoint } from './name-node.ts';

/** What is known of a cluster before it is asked. */
export interface Cluster {
  readonly nameNodes: readonly Endpoint[];
  readonly replication: number | undefined;
  readonly blockSize: number | undefined;
  /** Data nodes are reached by their names instead of the addresses the name node sees. */
  readonly useHostname: boolean;
  readonly umask: number;
  readonly wantsKerberos: boolean;
  /** The Kerberos name of the name nodes, '_HOST' for their host; undefined: what the name node says of itself. */
  readonly principal: string | undefined;
  /** Data nodes want to be logged in to. */
  readonly protectsData: boolean;
}
/** What a URL says of where: an empty host means the default file system. */
export interface Where { readonly host: string; readonly port: number | undefined }

const DEFAULT_PORT = 8020;

/** Reads what a cluster's configuration says of the cluster at `where`. */
export function clusterOf(where: Where, configuration: Configuration): Cluster {
  const { get } = configuration;
  return {
    nameNodes: nameNodesOf(where, configuration),
    replication: numberOf(configuration, 'dfs.replication'), blockSize: numberOf(configuration, 'dfs.blocksize'),
    useHostname: get('dfs.client.use.datanode.hostname') === 'true',
    umask: umaskOf(get('fs.permissions.umask-mode') ?? '022'),
    wantsKerberos: get('hadoop.security.authentication')?.toLowerCase() === 'kerberos',
    principal: get('dfs.namenode.kerberos.principal'),
    protectsData: (get('dfs.data.transfer.protection') ?? '') !== '',
  };
}

function nameNodesOf({ host, port }: Where, configuration: Configuration): readonly Endpoint[] {
  if (host === '' || (host === 'default' && configuration.get('fs.defaultFS') !== undefined)) return nameNodesOf(defaultPlace(configuration), configuration);
  if (port !== undefined) return [{ host, port }];
  const ids = words(configuration.get(`dfs.ha.namenodes.${host}`));
  if (ids.length > 0) {
    return ids.map((id) => {
      const key = `dfs.namenode.rpc-address.${host}.${id}`;
      const address = configuration.get(key);
      if (address === undefined) throw new TowlineError('INVALID_CONFIG', `name node '${id}' of name service '${host}' has no address: ${key} is not set`, { hint: 'Look into hdfs-site.xml in the folder of the Hadoop configuration.' });
      return endpointOf(address, key);
    });
  }
  const single = configuration.get(`dfs.namenode.rpc-address.${host}`);
  if (single !== undefined) return [endpointOf(single, `dfs.namenode.rpc-address.${host}`)];
  return [{ host, port: DEFAULT_PORT }];
}

function defaultPlace(configuration: Configuration): Where {
  const text = configuration.get('fs.defaultFS') ?? configuration.get('fs.default.name');
  const [, host = '', port] = /^hdfs:\/\/(\[[^\]]+\]|[^:/]+)(?::(\d+))?\/*$/.exec(text ?? '') ?? [];
  if (host === '') {
    throw new TowlineError('INVALID_CONFIG', `the URL names no host, and ${text === undefined ? 'fs.defaultFS is not set' : `fs.defaultFS is '${text}'`}`, {
      hint: "Write hdfs://host/path, or set 'config_dir' or HADOOP_CONF_DIR to the folder of core-site.xml.",
    });
  }
  return { host: bare(host), port: port === undefined ? undefined : Number(port) };
}

function endpointOf(address: string, key: string): Endpoint {
  const [, host, port] = /^(\[[^\]]+\]|[^:\s]+)(?::(\d{1,5}))?$/.exec(address) ?? [];
  if (host === undefined) throw new TowlineError('INVALID_CONFIG', `${key} is no address: '${address}'`);
  return { host: bare(host), port: port === undefined ? DEFAULT_PORT : Number(port) };
}

/** '022', or what is left to whom: 'u=rwx,g=rx,o='. */
function umaskOf(text: string): number {
  if (/^[0-7]{1,4}$/.test(text)) return Number.parseInt(text, 8) & 0o777;
  let allowed = 0;
  for (const clause of text.split(',')) {
    const [, who, what] = /^([ugoa]+)=([rwx]*)$/.exec(clause.trim()) ?? [];
    if (who === undefined || what === undefined) throw new TowlineError('INVALID_CONFIG', `fs.permissions.umask-mode of the Hadoop configuration cannot be read: '${text}'`, { hint: "Write it in octal, '027', or as 'u=rwx,g=rx,o='." });
    const bits = [...what].reduce((sum, letter) => sum | (letter === 'r' ? 4 : letter === 'w' ? 2 : 1), 0);
    for (const one of who.replace('a', 'ugo')) allowed |= bits << (one === 'u' ? 6 : one === 'g' ? 3 : 0);
  }
  return 0o777 & ~allowed;
}

const bare = (host: string): string => host.replace(/^\[|\]$/g, '');
const words = (text: string | undefined): readonly string[] => (text ?? '').split(/[\s,]+/).filter((word) => word !== '');

const UNITS: Readonly<Record<string, number>> = { '': 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3, t: 1024 ** 4 };

function numberOf({ get }: Configuration, name: string): number | undefined {
  const text = get(name);
  if (text === undefined || text === '') return undefined;
  const [, digits, unit = ''] = /^(\d+)([kmgt]?)b?$/i.exec(text) ?? [];
  const value = Number(digits) * (UNITS[unit.toLowerCase()] ?? Number.NaN);
  if (!Number.isSafeInteger(value) || value < 1) throw new TowlineError('INVALID_CONFIG', `${name} of the Hadoop configuration is no number: '${text}'`);
  return value;
}
