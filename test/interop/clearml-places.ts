import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { whyMissing } from '../judges.ts';
import { ACCOUNT, callBlob, makeContainer, startAzurite } from '../servers/azurite.ts';
import { makeCertificates } from '../servers/certificates.ts';
import { makeGcsBucket, startFakeGcs } from '../servers/fake-gcs.ts';
import { startFileserver } from '../servers/fileserver.ts';
import { startFront } from '../servers/front.ts';
import { startMinio } from '../servers/minio.ts';
import { callS3, makeBucket } from '../servers/s3-bucket.ts';

/** A kind of storage that both programs know. */
export interface ClearmlPlace {
  readonly name: string;
  readonly missing: string | undefined;
  /** It can be listed. */
  readonly lists: boolean;
  start(folder: string): Promise<RunningPlace>;
}
export interface RunningPlace {
  /** Without a slash at its end. */
  readonly url: string;
  /** Lines for clearml.conf. */
  readonly conf: string;
  readonly env: Readonly<Record<string, string>>;
  /** What was asked of the server so far; undefined where there is none. */
  readonly arrived: readonly string[] | undefined;
  /** What the service says an object is, past both programs; absent where it keeps no such thing. */
  contentType?(url: string): Promise<string | undefined>;
  stop(): Promise<void>;
}

const header = ({ 'content-type': type }: Readonly<Record<string, string | string[] | undefined>>): string | undefined => (Array.isArray(type) ? type[0] : type);

const s3: ClearmlPlace = {
  name: 'MinIO', missing: whyMissing('minio'), lists: true,
  async start() {
    const server = await startMinio();
    await makeBucket(server, 'bucket');
    const front = await startFront(server.port);
    return {
      url: `s3://127.0.0.1:${front.port}/bucket/a dir`, env: {}, arrived: front.arrived,
      contentType: async (url) => header((await callS3(server, { method: 'HEAD', path: url.replace(/^s3:\/\/[^/]*/, '') })).headers),
      conf: `sdk.aws.s3.credentials: [{ host: "127.0.0.1:${front.port}", key: "${server.accessKeyId}", secret: "${server.secretAccessKey}", secure: false, multipart: true }]`,
      stop: async () => { await front.stop(); await server.stop(); },
    };
  },
};

/** ClearML takes the account from the host and speaks TLS only, so the front plays the host of the account. */
const azure: ClearmlPlace = {
  name: 'Azurite', missing: whyMissing('azurite', 'openssl'), lists: true,
  async start() {
    const host = `${ACCOUNT.account}.blob.core.windows.net`;
    const certificates = makeCertificates({ names: [`DNS:${host}`, `DNS:${ACCOUNT.account}.blob.core.chinacloudapi.cn`] });
    const server = await startAzurite();
    await makeContainer(server, 'box');
    const front = await startFront(server.port, { certificates });
    return {
      url: `azure://${host}/box/a dir`, arrived: front.arrived,
      contentType: async (url) => header((await callBlob(server, { method: 'HEAD', path: url.replace(/^azure:\/\/[^/]*/, '') })).headers),
      env: { HTTPS_PROXY: front.url, REQUESTS_CA_BUNDLE: certificates.ca, SSL_CERT_FILE: certificates.ca },
      conf: `sdk.azure.storage.containers: [{ account_name: "${ACCOUNT.account}", account_key: "${ACCOUNT.key}", container_name: "box" }]`,
      async stop() {
        await front.stop();
        await server.stop();
        certificates.remove();
      },
    };
  },
};

const gcs: ClearmlPlace = {
  name: 'fake-gcs-server', missing: whyMissing('fake-gcs-server'), lists: true,
  async start() {
    const server = await startFakeGcs();
    await makeGcsBucket(server, 'bucket');
    const front = await startFront(server.port);
    return {
      url: 'gs://bucket/a dir', arrived: front.arrived, env: { STORAGE_EMULATOR_HOST: front.url }, conf: 'sdk.google.storage.project: "p"',
      contentType: async (url) => ((await (await fetch(`${server.url}/storage/v1/b/bucket/o/${encodeURIComponent(url.slice('gs://bucket/'.length))}`)).json()) as { readonly contentType?: string }).contentType,
      stop: async () => { await front.stop(); await server.stop(); },
    };
  },
};

const fileserver: ClearmlPlace = {
  name: "ClearML's file server", missing: undefined, lists: false,
  async start() {
    const server = await startFileserver();
    return {
      url: `${server.url}/a dir`, env: {}, get arrived() { return server.arrived.map(({ method, url }) => `${method} ${url}`); },
      conf: `api { files_server: "${server.url}", api_server: "${server.apiUrl}", web_server: "${server.apiUrl}", credentials { access_key: AK, secret_key: SK } }`,
      stop: () => server.stop(),
    };
  },
};

const local: ClearmlPlace = {
  name: 'a folder', missing: undefined, lists: true,
  start: (folder) => {
    mkdirSync(join(folder, 'store'), { recursive: true });
    return Promise.resolve({ url: `file://${folder}/store`, env: {}, conf: '', arrived: undefined, stop: () => Promise.resolve() });
  },
};

export const clearmlPlaces: readonly ClearmlPlace[] = [s3, azure, gcs, fileserver, local];
