import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Judge } from '../judges.ts';
import { openRepository } from '../artifact-targets.ts';
import { startMinio } from '../servers/minio.ts';
import { startNginx } from '../servers/nginx.ts';
import { keyOf, openSegments, readAll } from '../servers/open-oci.ts';
import { startOpenssh } from '../servers/openssh.ts';
import { startRegistry } from '../servers/registry.ts';
import { callS3, listKeys, makeBucket, readListed } from '../servers/s3-bucket.ts';
import { removeFolder, temporaryFolder } from '../servers/server.ts';
import { objectsIn } from './case-folder.ts';

/** A storage that the program is killed on. */
export interface Place {
  readonly name: string;
  readonly judges: readonly Judge[];
  start(): Promise<StartedPlace>;
}
export interface StartedPlace {
  /** The settings of a repository whose remote is empty at first: each number names another one. Texts by path. */
  settings(number: number): Readonly<Record<string, string>>;
  /** What is there under final names: path and md5 of the bytes. */
  objects(number: number): Promise<ReadonlyMap<string, string>>;
  remove(number: number): Promise<void>;
  stop(): Promise<void>;
}

type Options = Readonly<Record<string, string>>;
const section = (options: Options): string => `['remote "store"']\n${Object.entries(options).map(([key, value]) => `    ${key} = ${value}\n`).join('')}`;
const remote = (url: string, options: Options = {}): Options => ({ '.dvc/towline': '', '.dvc/config': `[core]\n    remote = store\n${section({ url, ...options })}` });

/** Paths below a folder of this machine, as the server's users see them. */
function inFolder(folder: string): Pick<StartedPlace, 'objects' | 'remove'> {
  const at = (number: number): string => join(folder, String(number));
  return {
    objects: async (number) => new Map([...(existsSync(at(number)) ? objectsIn(at(number)) : [])].map(([path, content]) => [path, content.slice(content.indexOf(' ') + 1)])),
    remove: async (number) => rmSync(at(number), { recursive: true, force: true }),
  };
}

const local: Place = {
  name: 'local', judges: [],
  async start() {
    const folder = temporaryFolder('kill-local');
    mkdirSync(join(folder, 'remote'));
    return { ...inFolder(join(folder, 'remote')), settings: (number) => remote(join(folder, 'remote', String(number))), stop: async () => removeFolder(folder) };
  },
};

const openssh: Place = {
  name: 'OpenSSH', judges: ['openssh'],
  async start() {
    const server = await startOpenssh();
    return {
      ...inFolder(server.dataFolder), stop: () => server.stop(),
      settings: (number) => ({ ...remote(`${server.url}/${number}`, { keyfile: server.keyFile, allow_agent: 'false' }), '.dvc/towline': section({ known_hosts_file: server.knownHostsFile }) }),
    };
  },
};

const nginx: Place = {
  name: 'nginx', judges: ['nginx'],
  async start() {
    const server = await startNginx();
    return { ...inFolder(server.dataFolder), stop: () => server.stop(), settings: (number) => remote(`${server.url}/${number}`, { method: 'PUT' }) };
  },
};

const minio: Place = {
  name: 'MinIO', judges: ['minio'],
  async start() {
    const server = await startMinio();
    await makeBucket(server, 'bucket');
    const keys = (number: number): Promise<readonly string[]> => listKeys(server, 'bucket', `${number}/`);
    return {
      settings: (number) => remote(`s3://bucket/${number}`, { endpointurl: server.url, region: server.region, access_key_id: server.accessKeyId, secret_access_key: server.secretAccessKey }),
      async objects(number) {
        const found = new Map<string, string>();
        for (const key of await keys(number)) {
          const bytes = await readListed(server, { bucket: 'bucket', key });
          if (bytes !== undefined) found.set(key.slice(`${number}/`.length), createHash('md5').update(bytes).digest('hex'));
        }
        return found;
      },
      async remove(number) {
        for (const key of await keys(number)) await callS3(server, { method: 'DELETE', path: `/bucket/${key}` });
      },
      stop: () => server.stop(),
    };
  },
};

/** What is listed is read through the segments, so an object that cannot be read fails. */
const distribution: Place = {
  name: 'distribution', judges: ['registry'],
  async start() {
    const server = await startRegistry('registry');
    const folder = temporaryFolder('kill-registry');
    const url = (number: number): string => `${server.authority}/store/n${number}`;
    return {
      settings: (number) => ({ '.dvc/towline': section({ url: `oci://${url(number)}` }), '.dvc/config': '[core]\n    remote = store\n' }),
      async objects(number) {
        const found = await readAll(openSegments(openRepository(server.authority, `store/n${number}`), folder));
        return new Map([...found].map(([oid, bytes]) => [keyOf(oid), createHash('md5').update(bytes).digest('hex')]));
      },
      remove: async () => undefined,
      async stop() {
        await server.stop();
        removeFolder(folder);
      },
    };
  },
};

export const places: readonly Place[] = [local, minio, openssh, nginx, distribution];
