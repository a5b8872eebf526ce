/** Schemes of remotes that DVC knows. One that is not here makes DVC refuse the repository, so it stands in our own files. */
export const DVC_SCHEMES: ReadonlySet<string> = new Set(Object.keys({
  '': true, s3: true, gs: true, ssh: true, hdfs: true, webhdfs: true, azure: true, oss: true, gdrive: true, http: true, https: true, webdav: true, webdavs: true, remote: true,
}));
