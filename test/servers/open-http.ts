import { createConnect } from '../../src/http/connect.ts';
import type { Transport } from '../../src/http/transport.ts';
import { readFile } from '../../src/disk/read.ts';
import { http } from '../../src/drivers/http/index.ts';
import type { Runtime } from '../../src/runtime.ts';
import type { Driver } from '../../src/storage/driver.ts';
import { readOptions } from '../../src/storage/options.ts';

/** A remote as a config file would have it. */
export interface HttpRemote {
  readonly url: string;
  readonly options?: Readonly<Record<string, string>>;
  readonly runtime?: Partial<Runtime>;
  /** Put between the driver and the net. */
  readonly through?: (transport: Transport) => Transport;
}

/** Opens an HTTP remote with an environment of its own: no variable and no file of whoever runs the tests. */
export async function openHttp({ url, options = {}, runtime = {}, through = (transport) => transport }: HttpRemote): Promise<Driver> {
  const lent: Runtime = {
    env: {}, platform: process.platform, home: '/nonexistent', processors: 2, now: Date.now, wait: async () => undefined,
    randomBytes: (count) => crypto.getRandomValues(new Uint8Array(count)), warn: () => undefined, ...runtime,
  };
  const connect = createConnect(lent, { readFile });
  const settings = new Map(Object.entries(options).map(([key, value]) => [key, { value, place: 'test' }]));
  return http.open(http.parse(url), readOptions(http.options, settings), { ...lent, connect: (given) => through(connect(given)) });
}
