import { s3 } from '../../src/drivers/s3/index.ts';
import { readFile } from '../../src/disk/read.ts';
import { createConnect } from '../../src/http/connect.ts';
import type { Runtime } from '../../src/runtime.ts';
import type { Opening } from '../../src/storage/definition.ts';
import type { Driver } from '../../src/storage/driver.ts';
import { readOptions } from '../../src/storage/options.ts';
import type { S3Server } from './server.ts';

export interface OpenS3 {
  /** 's3://bucket/prefix'. */
  readonly url: string;
  /** Beside endpoint, region and keys, which are the server's; these win. */
  readonly options?: Readonly<Record<string, string>>;
  readonly runtime?: Partial<Runtime>;
}

/** The driver of a bucket on a server, over real connections and with nothing of this machine's settings. */
export async function openS3(server: Pick<S3Server, 'url' | 'region' | 'accessKeyId' | 'secretAccessKey'>, { url, options = {}, runtime = {} }: OpenS3): Promise<Driver> {
  const own: Runtime = {
    env: {}, platform: process.platform, home: '/nowhere', processors: 2, now: Date.now, wait: async () => undefined,
    randomBytes: (count) => new Uint8Array(count), warn: () => undefined, ...runtime,
  };
  const opening: Opening = { ...own, connect: createConnect(own, { readFile }) };
  const all = { endpointurl: server.url, region: server.region, access_key_id: server.accessKeyId, secret_access_key: server.secretAccessKey, ...options };
  const settings = new Map(Object.entries(all).filter(([, value]) => value !== '').map(([key, value]) => [key, { value, place: 'test' }]));
  return s3.open(s3.parse(url), readOptions(s3.options, settings), opening);
}
