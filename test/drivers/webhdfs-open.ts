import { createWebhdfsDriver } from '../../src/drivers/webhdfs/driver.ts';
import { webhdfs } from '../../src/drivers/webhdfs/index.ts';
import type { ImportKerberos } from '../../src/http/kerberos.ts';
import type { Transport } from '../../src/http/transport.ts';
import type { Driver } from '../../src/storage/driver.ts';
import { readOptions } from '../../src/storage/options.ts';
import { openingIn } from '../lent.ts';

/** Every optional verb the protocol has. */
export type WebhdfsDriver = Driver & Required<Pick<Driver, 'write' | 'list' | 'delete' | 'upload' | 'close'>>;
export interface WebhdfsRemote {
  readonly url: string;
  readonly options?: Readonly<Record<string, string>>;
  /** Put between the driver and the net. */
  readonly through?: (transport: Transport) => Transport;
  readonly importKerberos?: ImportKerberos;
}

/** Opens a WebHDFS remote with an environment of its own: no variable and no file of whoever runs the tests. */
export function openWebhdfs({ url, options = {}, through = (transport) => transport, importKerberos }: WebhdfsRemote): WebhdfsDriver {
  const settings = new Map(Object.entries(options).map(([key, value]) => [key, { value, place: 'test' }]));
  const lent = openingIn('/nonexistent');
  const opening = { ...lent, connect: (given?: Parameters<typeof lent.connect>[0]) => through(lent.connect(given)), ...(importKerberos && { importKerberos }) };
  return createWebhdfsDriver(webhdfs.parse(url), readOptions(webhdfs.options, settings), opening) as WebhdfsDriver;
}
