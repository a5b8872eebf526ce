import { file, flag, type Option, type OptionTable, secret, text } from '../storage/options.ts';

/** Schemes of remotes that DVC knows. One that is not here makes DVC refuse the repository, so it stands in our own files. */
export const DVC_SCHEMES: ReadonlySet<string> = new Set(Object.keys({
  '': true, s3: true, gs: true, ssh: true, hdfs: true, webhdfs: true, azure: true, oss: true, gdrive: true, http: true, https: true, webdav: true, webdavs: true, remote: true,
}));

const verify = (initial: boolean): Option<boolean> => flag('hash again after download', { initial });
const on = (help: string): Option<boolean> => flag(help, { initial: false });

/** The options of services that have no driver here yet, by scheme: accepted as DVC accepts them, so that a repository with such a remote works for its others. */
export const foreignOptions: Readonly<Record<string, OptionTable>> = {
  gdrive: {
    profile: text('name of the credentials'), gdrive_use_service_account: on('log in as a service account'), gdrive_client_id: text('client'),
    gdrive_client_secret: secret('secret of the client'), gdrive_user_credentials_file: file('where the credentials are kept'),
    gdrive_service_account_user_email: text('user to act for'), gdrive_service_account_json_file_path: file('service account file'),
    gdrive_trash_only: on('put into the trash instead of deleting'), gdrive_acknowledge_abuse: on('download what Google flags'), verify: verify(true),
  },
};
