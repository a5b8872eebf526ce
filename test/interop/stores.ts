import { appendFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { ObjectDb } from '../../src/odb/object-db.ts';
import { oidSet } from '../../src/odb/oid-set.ts';
import { openRepository } from '../artifact-targets.ts';
import { whyMissing } from '../judges.ts';
import { type BlobServer, callBlob, listBlobs, makeContainer, startAzurite } from '../servers/azurite.ts';
import { type DriveFake, startDriveFake } from '../servers/drive-fake.ts';
import { type FakeFile, FOLDER } from '../servers/drive-fake-store.ts';
import { type GcsServer, makeGcsBucket, startFakeGcs } from '../servers/fake-gcs.ts';
import { type HadoopServer, startHadoop } from '../servers/hadoop.ts';
import { type HdfsFiles, hdfsFiles } from '../servers/hdfs-files.ts';
import { startMinio } from '../servers/minio.ts';
import { makeCertificates } from '../servers/certificates.ts';
import { ALL_METHODS, type HttpServer, startNginx } from '../servers/nginx.ts';
import { credentialsOf } from '../servers/open-drive.ts';
import { keyOf, oidOfKey, openSegments, readAll, readSome, store } from '../servers/open-oci.ts';
import { startOpenssh } from '../servers/openssh.ts';
import { startOssFake } from '../servers/oss-fake.ts';
import { etagOf, find, liveKeys, remove, store as storeInBucket, type StoredBucket } from '../servers/oss-fake-store.ts';
import { startRegistry } from '../servers/registry.ts';
import { callS3, listKeys, makeBucket } from '../servers/s3-bucket.ts';
import type { Sandbox } from '../servers/sandbox.ts';
import { removeFolder, type S3Server, temporaryFolder } from '../servers/server.ts';
import { sha256, snapshot, type Snapshot } from './snapshot.ts';

/** A place for remotes: a kind of server, or this machine's disk. */
export interface Store {
  readonly name: 'local' | 'minio' | 'azurite' | 'gdrive' | 'gs' | 'oss' | 'ssh' | 'http' | 'webdav' | 'webhdfs' | 'hdfs' | 'https' | 'oci';
  /** Why it cannot be used here. */
  readonly missing: string | undefined;
  /** Modules of Python that DVC needs to reach it. */
  readonly modules?: readonly string[];
  start(): Promise<RunningStore>;
}
export interface RunningStore {
  /** An empty remote for the user of a sandbox, who is given what he needs to reach it. */
  remote(sandbox: Sandbox): Promise<StoredRemote>;
  stop(): Promise<void>;
}
/** A remote as its owner sees it, past every client. */
export interface StoredRemote {
  readonly url: string;
  readonly options: Readonly<Record<string, string>>;
  readonly env: Readonly<Record<string, string>>;
  contents(): Promise<Snapshot>;
  read(key: string): Promise<Buffer>;
  write(key: string, bytes: Uint8Array): Promise<void>;
  delete(key: string): Promise<void>;
}

let last = 0;
const fresh = (): string => `run-${++last}`;

const local: Store = {
  name: 'local',
  missing: undefined,
  start: () => Promise.resolve({
    remote: (sandbox) => {
      const url = join(sandbox.folder, 'store');
      return Promise.resolve({ url, options: {}, env: {}, ...inFolder(url, true) });
    },
    stop: () => Promise.resolve(),
  }),
};

const ssh: Store = {
  name: 'ssh',
  missing: whyMissing('openssh'),
  async start() {
    const server = await startOpenssh();
    return {
      remote: (sandbox) => {
        // DVC 3.67 does not look at host keys; Towline does, so its user must know the server.
        appendFileSync(join(sandbox.home, '.ssh/known_hosts'), server.knownHosts);
        const name = fresh();
        return Promise.resolve({ url: `${server.url}/${name}`, options: { keyfile: server.keyFile }, env: {}, ...inFolder(join(server.dataFolder, name), false) });
      },
      stop: () => server.stop(),
    };
  },
};

const http: Store = web('http', () => startNginx());
/** The same through TLS, with an authority that only `ssl_verify` names. */
export const https: Store = web('https', async () => {
  const certificates = makeCertificates();
  const server = await startNginx({ certificates });
  return { ...server, options: { ssl_verify: certificates.ca }, async stop() { await server.stop(); certificates.remove(); } };
});
function web(name: Store['name'], start: () => Promise<HttpServer & { readonly options?: Readonly<Record<string, string>> }>): Store {
  return {
    name, missing: whyMissing('nginx'),
    async start() {
      const server = await start();
      return {
        remote: () => {
          const folder = fresh();
          return Promise.resolve({ url: `${server.url}/${folder}`, options: { method: 'PUT', ...server.options }, env: {}, ...inFolder(join(server.dataFolder, folder), false) });
        },
        stop: () => server.stop(),
      };
    },
  };
}

const webdav: Store = {
  name: 'webdav',
  missing: whyMissing('nginx'),
  async start() {
    const credentials = { user: 'ann', password: 'correct horse' };
    const server = await startNginx({ webdav: ALL_METHODS, credentials });
    return {
      remote: () => {
        const name = fresh();
        // DVC does not make the folder of the remote itself.
        mkdirSync(join(server.dataFolder, name));
        return Promise.resolve({ url: `${server.url.replace('http', 'webdav')}/${name}`, options: credentials, env: {}, ...inFolder(join(server.dataFolder, name), false) });
      },
      stop: () => server.stop(),
    };
  },
};

const minio: Store = {
  name: 'minio',
  missing: whyMissing('minio'),
  async start() {
    const server = await startMinio();
    await makeBucket(server, 'stories');
    const env = { AWS_ACCESS_KEY_ID: server.accessKeyId, AWS_SECRET_ACCESS_KEY: server.secretAccessKey, AWS_DEFAULT_REGION: server.region };
    return {
      remote: () => {
        const name = fresh();
        return Promise.resolve({ url: `s3://stories/${name}`, options: { endpointurl: server.url }, env, ...inBucket(server, name) });
      },
      stop: () => server.stop(),
    };
  },
};

const azurite: Store = {
  name: 'azurite',
  missing: whyMissing('azurite', 'dvc'),
  async start() {
    const server = await startAzurite();
    await makeContainer(server, 'stories');
    return {
      remote: () => {
        const name = fresh();
        return Promise.resolve({ url: `azure://stories/${name}`, options: {}, env: { AZURE_STORAGE_CONNECTION_STRING: server.connectionString }, ...inContainer(server, name) });
      },
      stop: () => server.stop(),
    };
  },
};

const oss: Store = {
  name: 'oss',
  missing: undefined,
  async start() {
    const fake = await startOssFake();
    const bucket = fake.bucket('stories');
    const options = { oss_endpoint: fake.url, oss_key_id: fake.account.keyId, oss_key_secret: fake.account.keySecret };
    return {
      remote: () => {
        const name = fresh();
        return Promise.resolve({ url: `oss://stories/${name}`, options, env: {}, ...inFake(bucket, name) });
      },
      stop: () => fake.stop(),
    };
  },
};

const gs: Store = {
  name: 'gs',
  missing: whyMissing('fake-gcs-server'),
  async start() {
    const server = await startFakeGcs();
    await makeGcsBucket(server, 'stories');
    // Without the first DVC's gcsfs asks for minutes what kind of bucket it is; without the second it looks for a machine of Google.
    const env = { GCSFS_EXPERIMENTAL_ZB_HNS_SUPPORT: 'false', NO_GCE_CHECK: 'true' };
    return {
      remote: () => {
        const name = fresh();
        return Promise.resolve({ url: `gs://stories/${name}`, options: { endpointurl: server.url, allow_anonymous_login: 'true' }, env, ...inGcsBucket(server, name) });
      },
      stop: () => server.stop(),
    };
  },
};

const webhdfs = onHadoop('webhdfs', () => ({}));

/** DVC's client of HDFS is a library of Java's that no package brings, so it goes by HTTP to the folder that Towline reaches by the native protocol: each reads what the other wrote. */
const hdfs = onHadoop('hdfs', (server, folder) => ({ TOW_REMOTE_STORE_URL: `hdfs://localhost:${server.rpcPort}${folder}` }));

function onHadoop(name: 'webhdfs' | 'hdfs' | 'https', envOf: (server: HadoopServer, folder: string) => StoredRemote['env']): Store {
  return {
    name,
    missing: whyMissing('minihdfs'),
    async start() {
      const server = await startHadoop();
      const files = hdfsFiles(server, 'alice');
      return {
        remote: () => {
          const folder = `/user/alice/${fresh()}`;
          return Promise.resolve({ url: `webhdfs://localhost:${server.port}${folder}`, options: { user: 'alice' }, env: envOf(server, folder), ...inHdfs(files, folder) });
        },
        stop: () => server.stop(),
      };
    },
  };
}

const gdrive: Store = {
  name: 'gdrive',
  missing: whyMissing('python'),
  // DVC speaks to Google; what it says is sent to the fake.
  modules: ['drive_redirect', 'pydrive2.fs', 'dvc_gdrive'],
  async start() {
    const fake = await startDriveFake();
    return {
      remote: () => {
        // DVC makes no folder for the remote itself.
        const { id } = fake.store.add({ name: fresh(), parent: 'root', mimeType: FOLDER });
        const env = { GDRIVE_CREDENTIALS_DATA: credentialsOf(fake), GDRIVE_NON_INTERACTIVE: '1', DRIVE_FAKE: fake.url, TOW_REMOTE_STORE_ENDPOINTURL: fake.url };
        return Promise.resolve({ url: `gdrive://${id}`, options: {}, env, ...onDrive(fake, id) });
      },
      stop: () => fake.stop(),
    };
  },
};

export const stores: readonly Store[] = [local, minio, azurite, gdrive, gs, oss, ssh, http, webdav, webhdfs, hdfs];

/** DVC knows no registries, so none of its stories is told on one. */
export const oci: Store = {
  name: 'oci',
  missing: whyMissing('registry'),
  async start() {
    const server = await startRegistry('registry');
    const memory = temporaryFolder('oci-store');
    return {
      remote: () => {
        const repository = `stories/${fresh()}`;
        return Promise.resolve({ url: `oci://${server.authority}/${repository}`, options: {}, env: {}, ...inSegments(() => openSegments(openRepository(server.authority, repository), memory)) });
      },
      async stop() {
        await server.stop();
        removeFolder(memory);
      },
    };
  },
};

type Owned = Pick<StoredRemote, 'contents' | 'read' | 'write' | 'delete'>;

// DVC leaves files of this name behind in the store when it is asked to verify, or is stopped.
const isTemporary = (path: string): boolean => /(^|\/)\.[\w-]{22}\.tmp$/.test(path);

function inFolder(folder: string, withModes: boolean): Owned {
  return {
    contents: () => Promise.resolve(snapshot(folder, { withModes, without: isTemporary })),
    read: (key) => Promise.resolve(readFileSync(join(folder, key))),
    write(key, bytes) {
      const file = join(folder, key);
      mkdirSync(dirname(file), { recursive: true });
      // An object has mode 0444, which root may write to but others may not.
      rmSync(file, { force: true });
      writeFileSync(file, bytes, { mode: 0o444 });
      return Promise.resolve();
    },
    delete: (key) => Promise.resolve(rmSync(join(folder, key))),
  };
}

function onDrive({ store }: DriveFake, folder: string): Owned {
  const stored = (key: string): FakeFile => {
    const found = store.find(folder, key);
    if (!found) throw new Error(`nothing at ${key}`);
    return found;
  };
  const folderOf = (path: string): FakeFile => store.find(folder, path) ?? store.add({ name: basename(path), parent: path.includes('/') ? folderOf(dirname(path)).id : folder, mimeType: FOLDER });
  return {
    contents: () => Promise.resolve(Object.fromEntries([...store.contents(folder)].map(([path, { bytes }]) => [path, sha256(bytes ?? Buffer.alloc(0))]))),
    read: (key) => Promise.resolve(stored(key).bytes ?? Buffer.alloc(0)),
    write(key, bytes) {
      const found = store.find(folder, key);
      if (found) store.fill(found, bytes);
      else store.add({ name: basename(key), parent: folderOf(dirname(key)).id, bytes });
      return Promise.resolve();
    },
    delete: (key) => Promise.resolve(store.remove(stored(key))),
  };
}

function inSegments(open: () => ObjectDb): Owned {
  return {
    contents: async () => Object.fromEntries([...await readAll(open())].map(([oid, bytes]) => [keyOf(oid), sha256(bytes)])),
    read: async (key) => (await readSome(open(), [oidOfKey(key)])).get(oidOfKey(key)) ?? Buffer.alloc(0),
    write: async (key, bytes) => { await store(open(), new Map([[oidOfKey(key), bytes]])); },
    async delete(key) {
      for await (const { error } of open().delete(oidSet([oidOfKey(key)]))) if (error) throw error;
    },
  };
}

function inHdfs(files: HdfsFiles, folder: string): Owned {
  return {
    async contents() {
      const names = (await files.list(folder)).filter((name) => !isTemporary(name)).sort();
      return Object.fromEntries(await Promise.all(names.map(async (name) => [name, sha256(await files.read(`${folder}/${name}`))] as const)));
    },
    read: async (key) => await files.read(`${folder}/${key}`),
    write: async (key, bytes) => { await files.write(`${folder}/${key}`, bytes); },
    delete: async (key) => { await files.delete(`${folder}/${key}`); },
  };
}

function inBucket(server: S3Server, prefix: string): Owned {
  const path = (key: string): string => `/stories/${prefix}/${key}`;
  const read = async (key: string): Promise<Buffer> => (await callS3(server, { method: 'GET', path: path(key) })).body;
  return {
    async contents() {
      const lines: Record<string, string> = {};
      for (const key of await listKeys(server, 'stories', `${prefix}/`)) lines[key.slice(prefix.length + 1)] = sha256(await read(key.slice(prefix.length + 1)));
      return lines;
    },
    read,
    async write(key, bytes) { await callS3(server, { method: 'PUT', path: path(key), body: bytes }); },
    async delete(key) { await callS3(server, { method: 'DELETE', path: path(key) }); },
  };
}

function inContainer(server: BlobServer, prefix: string): Owned {
  const path = (key: string): string => `/stories/${prefix}/${key}`;
  const read = async (key: string): Promise<Buffer> => (await callBlob(server, { method: 'GET', path: path(key) })).body;
  return {
    async contents() {
      const lines: Record<string, string> = {};
      for (const name of await listBlobs(server, 'stories', `${prefix}/`)) lines[name.slice(prefix.length + 1)] = sha256(await read(name.slice(prefix.length + 1)));
      return lines;
    },
    read,
    async write(key, bytes) { await callBlob(server, { method: 'PUT', path: path(key), headers: { 'x-ms-blob-type': 'BlockBlob' }, body: bytes }); },
    async delete(key) { await callBlob(server, { method: 'DELETE', path: path(key) }); },
  };
}

function inFake(bucket: StoredBucket, prefix: string): Owned {
  const read = async (key: string): Promise<Buffer> => Promise.resolve(find(bucket, `${prefix}/${key}`)?.bytes ?? Buffer.alloc(0));
  return {
    read,
    async contents() {
      const keys = liveKeys(bucket).filter((key) => key.startsWith(`${prefix}/`)).map((key) => key.slice(prefix.length + 1));
      return Object.fromEntries(await Promise.all(keys.map(async (key) => [key, sha256(await read(key))] as const)));
    },
    write: (key, bytes) => Promise.resolve(void storeInBucket(bucket, `${prefix}/${key}`, { bytes: Buffer.from(bytes), etag: etagOf(bytes), type: 'Normal', headers: {} })),
    delete: (key) => Promise.resolve(void remove(bucket, `${prefix}/${key}`, undefined)),
  };
}

function inGcsBucket({ url }: GcsServer, prefix: string): Owned {
  const target = (key: string): string => `${url}/storage/v1/b/stories/o/${encodeURIComponent(`${prefix}/${key}`)}`;
  const call = async (address: string, init: RequestInit = {}): Promise<Buffer> => {
    const answer = await fetch(address, init);
    if (!answer.ok) throw new Error(`${address}: ${answer.status} ${await answer.text()}`);
    return Buffer.from(await answer.arrayBuffer());
  };
  const read = (key: string): Promise<Buffer> => call(`${target(key)}?alt=media`);
  return {
    async contents() {
      const { items = [] } = JSON.parse((await call(`${url}/storage/v1/b/stories/o?prefix=${encodeURIComponent(`${prefix}/`)}`)).toString()) as { readonly items?: readonly { readonly name: string }[] };
      const lines: Record<string, string> = {};
      for (const key of items.map(({ name }) => name.slice(prefix.length + 1))) lines[key] = sha256(await read(key));
      return lines;
    },
    read,
    async write(key, bytes) { await call(`${url}/upload/storage/v1/b/stories/o?uploadType=media&name=${encodeURIComponent(`${prefix}/${key}`)}`, { method: 'POST', body: Uint8Array.from(bytes) }); },
    async delete(key) { await call(target(key), { method: 'DELETE' }); },
  };
}
