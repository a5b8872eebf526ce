import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { nodeDisk } from '../src/disk/node.ts';
import { createLocalDriver } from '../src/drivers/local/driver.ts';
import { createMemoryDriver, createMemoryStore, type MemoryStore } from '../src/drivers/memory/index.ts';
import { azure } from '../src/drivers/azure/index.ts';
import { oss } from '../src/drivers/oss/index.ts';
import { gs } from '../src/drivers/gs/index.ts';
import { hdfs } from '../src/drivers/hdfs/index.ts';
import { fileserver as fileserverDriver } from '../src/drivers/fileserver/index.ts';
import { s3 } from '../src/drivers/s3/index.ts';
import { ssh } from '../src/drivers/ssh/index.ts';
import { webdav } from '../src/drivers/webdav/index.ts';
import { webhdfs } from '../src/drivers/webhdfs/index.ts';
import type { Driver, OptionalVerb } from '../src/storage/driver.ts';
import type { Judge } from './judges.ts';
import { startApache } from './servers/apache.ts';
import { ALL_METHODS, startNginx } from './servers/nginx.ts';
import { openHttp } from './servers/open-http.ts';
import { openDriver } from './lent.ts';
import { ANY_ORDER, ATOMIC, CHECKSUMS, CREATE, REPLACE_IF, RESUMED, type Skip, skips, VERSIONS, races } from './quirks.ts';
import { startDriveFake } from './servers/drive-fake.ts';
import { credentialsOf, openDrive } from './servers/open-drive.ts';
import { startAsyncssh } from './servers/asyncssh.ts';
import { makeContainer, startAzurite } from './servers/azurite.ts';
import { makeGcsBucket, startFakeGcs } from './servers/fake-gcs.ts';
import { addGcsBucket, startGcsService } from './servers/gcs-service.ts';
import { startGoogleTokens } from './servers/google-tokens.ts';
import { type HadoopServer, startHadoop } from './servers/hadoop.ts';
import { startFileserver } from './servers/fileserver.ts';
import { startMinio } from './servers/minio.ts';
import { startOpenssh } from './servers/openssh.ts';
import { startOssFake } from './servers/oss-fake.ts';
import { startRgw } from './servers/rgw.ts';
import { type BucketOptions, makeBucket } from './servers/s3-bucket.ts';
import { removeFolder, type S3Server, temporaryFolder } from './servers/server.ts';
import { startVersionedBlobs } from './servers/versioned-blobs.ts';
import { startVersitygw } from './servers/versitygw.ts';
import { startRclone, startWebdavServer, type WebdavServer } from './servers/webdav-server.ts';

/** A storage that tests run against. */
export interface Target {
  readonly name: string;
  /** Programs without which it cannot start. */
  readonly judges: readonly Judge[];
  /** Verbs its protocol has not. One that goes missing by mistake is noticed. */
  readonly lacks: readonly OptionalVerb[];
  /** Cases this storage cannot pass, by name, each with the reason; one that is skipped without standing here is a failure. */
  readonly skips: readonly Skip[];
  /** What is spoken on the way to its server, where there is one that a proxy of the fault suite can stand before. */
  readonly wire?: 'http' | 'raw';
  start(): Promise<Started>;
}
/** A running one. Every `open` is what another process would have. */
export interface Started {
  /** `throughPort`: by a proxy on that port of this machine instead of straight to the server. */
  open(throughPort?: number): Promise<Driver>;
  readonly port?: number;
  stop(): Promise<void>;
}

const NO_PRESIGN = ['presign'] as const;

const memory: Target = {
  name: 'memory', judges: [], lacks: NO_PRESIGN, skips: skips('this one keeps no versions; the next does', VERSIONS),
  start: async () => startMemory(createMemoryStore('memory://test', { now: Date.now })),
};
const versionedMemory: Target = {
  name: 'memory with versions', judges: [], lacks: NO_PRESIGN, skips: [],
  start: async () => startMemory(createMemoryStore('memory://versions', { now: Date.now, keepsVersions: true })),
};
const local: Target = {
  name: 'local', judges: [], lacks: ['listVersions', 'presign'],
  skips: [
    ...skips('a file system knows no checksums; what is written is verified before', CHECKSUMS),
    ...skips('a file system cannot replace a file only if it is unchanged', REPLACE_IF),
  ],
  async start() {
    const folder = temporaryFolder('local');
    mkdirSync(join(folder, 'remote'));
    return {
      open: async () => createLocalDriver(join(folder, 'remote'), { disk: nodeDisk, platform: process.platform }),
      stop: async () => { removeFolder(folder); },
    };
  },
};

const http: Target = {
  name: 'http (nginx)', wire: 'http', judges: ['nginx'], lacks: ['list', 'listVersions', 'upload', 'origin', 'presign'],
  skips: [
    ...skips('a web server vouches for no checksum', CHECKSUMS),
    ...skips('many web servers ignore conditions on uploads in silence', [...CREATE, ...REPLACE_IF]),
    ...skips('nginx is atomic, but the driver cannot know that of a web server', ATOMIC),
  ],
  async start() {
    const server = await startNginx();
    return { port: server.port, open: (port) => openHttp({ url: through(server, port), options: { method: 'PUT', delete: 'true' } }), stop: () => server.stop() };
  },
};

const fileserver: Target = {
  name: "ClearML's file server (double)", wire: 'http', judges: [], lacks: ['list', 'listVersions', 'upload', 'origin', 'presign'],
  skips: [
    ...skips("ClearML's file server vouches for no checksum", CHECKSUMS),
    ...skips("ClearML's file server knows no conditions", [...CREATE, ...REPLACE_IF]),
    ...skips("ClearML's file server writes into the file itself", ATOMIC),
    ...skips("the form of ClearML's file server cannot say quotes and backslashes", ['delete: a batch answers for each name, present, absent or oddly spelled', 'names: quotes in a name', 'names: a backslash in a name']),
  ],
  async start() {
    const server = await startFileserver();
    const port = Number(new URL(server.url).port);
    const settings = { api_server: server.apiUrl, access_key: 'AK', secret_key: 'SK' };
    return { port, open: async (proxy) => await openDriver(fileserverDriver, through({ url: server.url, port }, proxy), { settings, home: server.folder }), stop: async () => { await server.stop(); } };
  },
};
const minio: Target = {
  name: 'minio', wire: 'http', judges: ['minio'], lacks: [], skips: [],
  start: async () => await startS3(await startMinio(), { isVersioned: true }),
};
const versitygw: Target = {
  name: 'versitygw', judges: ['versitygw'], lacks: [], skips: skips('this bucket keeps no versions; that of MinIO does', VERSIONS),
  start: async () => await startS3(await startVersitygw(), {}),
};
const rgw: Target = {
  name: 'rgw', judges: ['rgw'], lacks: [],
  skips: skips('an endpoint that is not known to honour conditions on uploads is not asked for them: some ignore them in silence', [...CREATE, ...REPLACE_IF]),
  start: async () => await startS3(await startRgw(), { isVersioned: true }),
};
const fakeGcs: Target = {
  name: 'fake-gcs-server', judges: ['fake-gcs-server'], lacks: [],
  skips: [
    ...skips('the service takes the bytes of an upload in turn', ANY_ORDER),
    ...skips('fake-gcs-server 1.56.1 ends an upload when it is asked what has arrived of it; our own service does not', RESUMED),
  ],
  async start() {
    const [server, tokens] = await Promise.all([startFakeGcs(), startGoogleTokens()]);
    await makeGcsBucket(server, 'bucket', { isVersioned: true });
    const settings = { endpointurl: server.url, credentialpath: tokens.keyFile(server.folder) };
    return {
      open: async () => await openDriver(gs, 'gs://bucket/conformance', { settings, home: server.folder }),
      stop: async () => { await Promise.all([server.stop(), tokens.stop()]); },
    };
  },
};
const gcsService: Target = {
  name: 'gcs service', wire: 'http', judges: [], lacks: [], skips: skips('the service takes the bytes of an upload in turn', ANY_ORDER),
  async start() {
    const tokens = await startGoogleTokens();
    const service = await startGcsService({ tokens: tokens.valid });
    addGcsBucket(service, 'bucket', { isVersioned: true });
    // Small pages, so that few generations make several of them.
    Object.assign(service.manners, { pageSize: 3, rewriteBytes: 64 * 1024 });
    const home = temporaryFolder('gcs');
    const credentialpath = tokens.keyFile(home);
    const { port } = new URL(service.url);
    return {
      open: async (throughPort) => await openDriver(gs, 'gs://bucket/conformance', { settings: { endpointurl: `http://127.0.0.1:${throughPort ?? port}`, credentialpath }, home }),
      port: Number(port),
      stop: async () => {
        await Promise.all([service.stop(), tokens.stop()]);
        removeFolder(home);
      },
    };
  },
};
const openssh: Target = {
  name: 'openssh', wire: 'raw', judges: ['openssh'], lacks: ['listVersions', 'presign'],
  skips: [
    ...skips('SFTP knows no checksums; what is written is verified before', CHECKSUMS),
    ...skips('SFTP cannot replace a file only if it is unchanged', REPLACE_IF),
  ],
  async start() {
    const server = await startOpenssh();
    const known = (port: number): string => {
      const file = join(server.folder, `known_hosts-${port}`);
      writeFileSync(file, server.knownHosts.replaceAll(`:${server.port}`, `:${port}`));
      return file;
    };
    const settings = (port: number) => ({ keyfile: server.keyFile, known_hosts_file: known(port), allow_agent: 'false' });
    return { port: server.port, open: async (port = server.port) => await openDriver(ssh, through(server, port), { settings: settings(port), home: server.folder }), stop: async () => { await server.stop(); } };
  },
};
const asyncssh: Target = {
  name: 'asyncssh', judges: ['python'], lacks: ['listVersions', 'presign'],
  skips: openssh.skips,
  async start() {
    const server = await startAsyncssh();
    const settings = { password: server.password, known_hosts_file: server.knownHostsFile, allow_agent: 'false' };
    return { open: async () => await openDriver(ssh, `${server.url}remote`, { settings, home: server.folder }), stop: async () => { await server.stop(); } };
  },
};
const azurite: Target = {
  name: 'azurite', wire: 'http', judges: ['azurite'], lacks: [],
  skips: [
    ...skips('Azurite keeps no versions; the next one does', VERSIONS),
    ...skips('the MD5 a blob has may be only what its writer said, so the service vouches for it in the answer to a write alone', CHECKSUMS.slice(0, 1)),
    ...skips('Azure takes a backslash for a slash, so such a name is refused', ['names: a backslash in a name']),
  ],
  async start() {
    const server = await startAzurite();
    await makeContainer(server, 'data');
    const connectionString = (port: number | undefined): string => through({ url: server.connectionString, port: server.port }, port);
    return { port: server.port, open: async (port) => await openDriver(azure, 'azure://data/conformance', { settings: { connection_string: connectionString(port) }, home: server.folder }), stop: async () => { await server.stop(); } };
  },
};
const versionedBlobs: Target = {
  name: 'blobs with versions', judges: [], lacks: [],
  skips: azurite.skips.filter((skip) => !VERSIONS.includes(skip.case)),
  async start() {
    const server = await startVersionedBlobs();
    await makeContainer(server, 'data');
    const settings = { connection_string: server.connectionString };
    return { open: async () => await openDriver(azure, 'azure://data/conformance', { settings, home: server.folder }), stop: async () => { await server.stop(); } };
  },
};
const ossVersioned: Target = {
  name: 'oss (fake)', wire: 'http', judges: [], lacks: [],
  skips: skips('OSS cannot make a write conditional in a bucket that keeps versions', [...CREATE, ...REPLACE_IF]),
  start: async () => await startOss('Enabled', { signature_version: 'v4', oss_region: 'cn-hangzhou' }),
};
const ossPlain: Target = {
  name: 'oss (fake) by V1 without versions', judges: [], lacks: [],
  skips: [...skips('this bucket keeps no versions; the other does', VERSIONS), ...skips('OSS has no If-Match on writes', REPLACE_IF)],
  start: async () => await startOss('', { signature_version: 'v1' }),
};
async function startOss(versioning: 'Enabled' | '', options: Readonly<Record<string, string>>): Promise<Started> {
  const fake = await startOssFake();
  fake.bucket('bucket').versioning = versioning;
  const settings = { oss_key_id: fake.account.keyId, oss_key_secret: fake.account.keySecret, part_size: '1MiB', ...options };
  return { port: fake.port, open: async (port) => await openDriver(oss, 'oss://bucket/conformance', { settings: { ...settings, oss_endpoint: through(fake, port) }, home: '/nowhere' }), stop: async () => { await fake.stop(); } };
}
const NO_HDFS_CHECKSUMS = skips('the checksum HDFS keeps is of its blocks, none that is known beforehand; HDFS checks its own on every way', CHECKSUMS);
const NO_HDFS_REPLACE_IF = skips('HDFS cannot replace a file only if it is unchanged', REPLACE_IF);
const NO_HDFS_COLON = skips("HDFS takes no ':' in names", ['names: punctuation in a name']);
const namenode: Target = {
  name: 'webhdfs (namenode)', judges: ['minihdfs'], lacks: ['listVersions', 'origin', 'presign'], skips: [...NO_HDFS_CHECKSUMS, ...NO_HDFS_REPLACE_IF, ...NO_HDFS_COLON],
  start: async () => startWebhdfs(await startHadoop(), (server) => server.port),
};
// The fault suite breaks each of its connections by itself (test/faults/wire/hadoop-targets.ts); test/drivers/hdfs-cuts.test.ts cuts every one at every step.
const nativeHdfs: Target = {
  name: 'hdfs', judges: ['minihdfs'], lacks: namenode.lacks,
  skips: [
    ...namenode.skips,
    ...skips('a file of HDFS grows at its end only, so parts come in turn', ANY_ORDER),
  ],
  async start() {
    // Blocks so small that a few megabytes make several of them, and listings in several pages.
    const server = await startHadoop({ datanodes: 2, configuration: { 'dfs.replication': '2', 'dfs.blocksize': '4194304', 'dfs.ls.limit': '50' } });
    return { open: async () => await openDriver(hdfs, `hdfs://alice@localhost:${server.rpcPort}/user/alice/conformance`, { home: server.folder }), stop: async () => { await server.stop(); } };
  },
};
const httpfs: Target = {
  name: 'webhdfs (httpfs)', wire: 'http', judges: ['minihdfs'], lacks: namenode.lacks,
  skips: [
    ...namenode.skips,
    ...races('HttpFS cannot rename onto a file, so a replaced object is absent for a moment', ['concurrency: a reader sees a whole object while it is replaced']),
  ],
  start: async () => startWebhdfs(await startHadoop({ httpfs: true }), (server) => server.httpfsPort),
};
function startWebhdfs(server: HadoopServer, ofServer: (server: HadoopServer) => number | undefined): Started {
  const port = ofServer(server) ?? 0;
  // What HttpFS leads to has the host and port that it was asked by; a NameNode leads past any proxy.
  return { port, open: async (throughPort = port) => await openDriver(webhdfs, `webhdfs://alice@localhost:${throughPort}/user/alice/conformance`, { home: server.folder }), stop: async () => { await server.stop(); } };
}
const gdrive: Target = {
  name: 'gdrive (fake)', wire: 'http', judges: [], lacks: ['listVersions', 'presign'],
  skips: [
    ...skips('version 3 of the API of Drive knows no conditions on writes', [...CREATE, ...REPLACE_IF]),
    ...skips('the parts of a resumable upload come in turn', ANY_ORDER),
  ],
  async start() {
    const fake = await startDriveFake();
    const env = { GDRIVE_CREDENTIALS_DATA: credentialsOf(fake) };
    return { port: fake.port, open: async (port = fake.port) => await openDrive(fake, { env, options: { endpointurl: `http://${fake.host}:${port}` } }), stop: () => fake.stop() };
  },
};
async function startS3(server: S3Server, options: BucketOptions): Promise<Started> {
  await makeBucket(server, 'bucket', options);
  const settings = { region: server.region, access_key_id: server.accessKeyId, secret_access_key: server.secretAccessKey };
  return { port: server.port, open: async (port) => await openDriver(s3, 's3://bucket/conformance', { settings: { ...settings, endpointurl: through(server, port) }, home: server.folder }), stop: async () => { await server.stop(); } };
}

/** The URL of a server, or of a proxy before it. */
const through = ({ url, port }: { readonly url: string; readonly port: number }, proxy = port): string => url.replace(`:${port}`, `:${proxy}`);

function startMemory(store: MemoryStore): Started {
  // Small pages and parts, so that few objects make several of them.
  return { open: async () => createMemoryDriver(store.displayUrl, { store, pageSize: 7, partSize: 64 * 1024 }), stop: async () => undefined };
}

const webdavLacks = ['listVersions', 'upload', 'presign'] as const;
const webdavSkips: readonly Skip[] = [
  ...skips('WebDAV knows no checksums; what is written is verified before', CHECKSUMS),
  ...skips('many WebDAV servers ignore If-Match on uploads in silence', REPLACE_IF),
];
// Seen with a plain client, too: of 2,000 to 3,000 reads beside 400 replacements 10 (Apache 2.4) and 32 (rclone 1.75) were torn, 2026-11-28.
const tornReads = races('the server takes the size of a file before it opens it, so the bytes of one may come under the length of another', ['concurrency: a reader sees a whole object while it is replaced']);
const apache: Target = {
  name: 'webdav (apache)', wire: 'http', judges: ['apache'], lacks: webdavLacks,
  skips: [...webdavSkips, ...tornReads],
  start: async () => startWebdav(await startApache(), '/basic'),
};
const nginxDav: Target = {
  name: 'webdav (nginx)', judges: ['nginx'], lacks: webdavLacks,
  skips: [...webdavSkips, ...skips('nginx does not list names that begin with a dot', ['names: leading dots in a name'])],
  async start() {
    const credentials = { user: 'ann', password: 'correct horse' };
    const server = await startNginx({ webdav: ALL_METHODS, credentials });
    return startWebdav({ ...server, ...credentials, url: server.url.replace('http', 'webdav') }, '/conformance');
  },
};
const rclone: Target = {
  name: 'webdav (rclone)', wire: 'http', judges: ['rclone'], lacks: webdavLacks,
  skips: [...webdavSkips, ...tornReads, ...skips('rclone takes both spellings of an accent for one name', ['names: a composed and a decomposed accent are two names'])],
  start: async () => startWebdav(await startRclone(), '/conformance'),
};
const webdavServer: Target = {
  name: 'webdav (webdav-server)', judges: ['webdav-server'], lacks: webdavLacks, skips: webdavSkips,
  start: async () => startWebdav(await startWebdavServer(), '/conformance'),
};
function startWebdav(server: WebdavServer, folder: string): Started {
  const settings = { user: server.user, password: server.password };
  return { port: server.port, open: async (port) => await openDriver(webdav, `${through(server, port)}${folder}`, { settings, home: server.folder }), stop: async () => { await server.stop(); } };
}

/** Every storage the conformance cases run against. */
export const targets: readonly Target[] = [memory, versionedMemory, local, minio, versitygw, rgw, azurite, versionedBlobs, ossVersioned, ossPlain, fakeGcs, gcsService, gdrive, openssh, asyncssh, http, apache, nginxDav, rclone, webdavServer, fileserver, namenode, httpfs, nativeHdfs];
