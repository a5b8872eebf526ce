import { s3 } from '../../src/drivers/s3/index.ts';
import type { Runtime } from '../../src/runtime.ts';
import type { Driver } from '../../src/storage/driver.ts';
import { readOptions } from '../../src/storage/options.ts';
import { openingIn } from '../lent.ts';
import type { S3Server } from './server.ts';

export interface OpenS3 {
  /** 's3://bucket/prefix'. */
  readonly url: string;
  /** Beside endpoint, region and keys, which are the server's; these win, and '' takes one away. */
  readonly options?: Readonly<Record<string, string>>;
  readonly runtime?: Partial<Runtime>;
}

/** The driver of a bucket on a server, with nothing of this machine's settings. */
export async function openS3(server: S3Server, { url, options = {}, runtime = {} }: OpenS3): Promise<Driver> {
  const all = { endpointurl: server.url, region: server.region, access_key_id: server.accessKeyId, secret_access_key: server.secretAccessKey, ...options };
  const settings = new Map(Object.entries(all).filter(([, value]) => value !== '').map(([key, value]) => [key, { value, place: 'test' }]));
  return await s3.open(s3.parse(url), readOptions(s3.options, settings), { ...openingIn(server.folder), ...runtime });
}
