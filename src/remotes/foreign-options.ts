import { file, flag, integer, type Option, type OptionTable, secret, text } from '../storage/options.ts';

/** Schemes of remotes that DVC knows. One that is not here makes DVC refuse the repository, so it stands in our own files. */
export const DVC_SCHEMES: ReadonlySet<string> = new Set(Object.keys({
  '': true, s3: true, gs: true, ssh: true, hdfs: true, webhdfs: true, azure: true, oss: true, gdrive: true, http: true, https: true, webdav: true, webdavs: true, remote: true,
}));

const verify = (initial: boolean): Option<boolean> => flag('hash again after download', { initial });
const on = (help: string): Option<boolean> => flag(help, { initial: false });

/** The options of services that have no driver here yet, by scheme: accepted as DVC accepts them, so that a repository with such a remote works for its others. */
export const foreignOptions: Readonly<Record<string, OptionTable>> = {
  hdfs: { user: text('user'), kerb_ticket: text('Kerberos ticket cache'), replication: integer('copies of a block', { minimum: 1, owner: 'towline' }) },
};
