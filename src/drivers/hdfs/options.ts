import { file, integer, text } from '../../storage/options.ts';

/** Every option of an HDFS remote. */
export const hdfsOptions = {
  user: text('user on the cluster; with Kerberos, the user to act for [HADOOP_USER_NAME, else the user of this machine]', { env: ['HADOOP_USER_NAME'] }),
  kerb_ticket: text('Kerberos ticket cache to log in with'),
  // DVC reads it only from the URL (`?replication=3`): in a config file it makes DVC refuse the repository.
  replication: integer('copies of every block [as the cluster says]', { minimum: 1, maximum: 512, owner: 'towline' }),
  config_dir: file('folder of core-site.xml and hdfs-site.xml [HADOOP_CONF_DIR]', { owner: 'towline' }),
  connect_timeout: integer('longest wait for a connection to a node, in seconds [20]', { minimum: 1, owner: 'towline' }),
  read_timeout: integer('longest silence of a node before another is asked, in seconds [45]', { minimum: 1, owner: 'towline' }),
} as const;

export type HdfsOptions = { readonly [K in keyof typeof hdfsOptions]: (typeof hdfsOptions)[K]['initial'] };
