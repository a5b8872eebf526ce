import { HOST } from './server.ts';
import type { Certificates } from './certificates.ts';

interface Place { readonly folder: string; readonly port: number; readonly monitorPort: number; readonly cluster: string; readonly certificates: Certificates | undefined }

// The store grows to this, in memory, and then writes hang; what tests keep at one time is far less.
const STORE_BYTES = 12 * 1024 ** 3;

/** ceph.conf for a cluster of one, tuned to be up in a second: single copies, single shards, no waiting for others that do not exist. */
export function cephConfiguration({ folder, port, monitorPort, cluster, certificates }: Place): string {
  const secure = certificates ? ` ssl_endpoint=${HOST}:${port + 1} ssl_certificate=${certificates.server.certificate} ssl_private_key=${certificates.server.key}` : '';
  return section('global', {
    fsid: cluster, 'mon initial members': 'a', 'mon host': `[v2:${HOST}:${monitorPort},v1:${HOST}:${monitorPort + 1}]`,
    'public addr': HOST, 'public network': '127.0.0.0/8', 'cluster network': '127.0.0.0/8', 'ms bind ipv6': 'false',
    'run dir': `${folder}/run`, 'admin socket': `${folder}/run/$cluster-$name.$pid.asok`, 'pid file': `${folder}/run/$name.pid`,
    'log file': `${folder}/log/$name.log`, 'mon cluster log file': `${folder}/log/cluster.log`, keyring: `${folder}/keyring`,
    'osd pool default size': '1', 'osd pool default min size': '1', 'osd pool default pg num': '1', 'osd pool default pgp num': '1',
    'osd pool default pg autoscale mode': 'off', 'osd crush chooseleaf type': '0', 'mon allow pool size one': 'true', 'mon max pg per osd': '2000', 'mon osd min in ratio': '0',
    'paxos propose interval': '0.02', 'paxos min wait': '0.01', 'osd mon report interval': '1',
    ...Object.fromEntries(['rgw', 'ms', 'osd', 'monc', 'mon', 'paxos', 'rocksdb'].map((part) => [`debug ${part}`, '0/0'])),
    ...Object.fromEntries(['gc max objs', 'lc max objs', 'reshard num logs', 'data log num shards', 'md log max shards', 'usage max shards', 'objexp hints num shards', 'override bucket index max shards'].map((name) => [`rgw ${name}`, '1'])),
  }) + section('mon', { 'mon data': `${folder}/mon` }) + section('mon.a', {}) + section('osd', {
    'osd data': `${folder}/osd`, keyring: `${folder}/osd/keyring`, 'osd objectstore': 'memstore', 'memstore device bytes': String(STORE_BYTES), 'osd max object name len': '1024', 'osd max object namespace len': '256',
  }) + section('client', {
    'rgw frontends': `beast endpoint=${HOST}:${port}${secure} tcp_nodelay=1`, 'rgw data': `${folder}/rgw`, 'rgw dns name': 'localhost', 'rgw thread pool size': '32',
    'rgw enable usage log': 'false', 'rgw run sync thread': 'false', 'rgw s3 auth use rados': 'true', 'rgw crypt require ssl': 'false',
    'rgw crypt s3 kms backend': 'testing', 'rgw crypt s3 kms encryption keys': 'testkey-1=YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXoxMjM0NTY=',
    'rgw s3 auth use sts': 'true', 'rgw sts key': 'abcdefghijklmnop',
  });
}

const section = (name: string, settings: Readonly<Record<string, string>>): string => `[${name}]\n${Object.entries(settings).map(([key, value]) => `${key} = ${value}\n`).join('')}`;
