import { webdav } from '../../src/drivers/webdav/index.ts';
import type { Transport } from '../../src/http/transport.ts';
import type { Opening } from '../../src/storage/definition.ts';
import { supports, type With } from '../../src/storage/driver.ts';
import { readOptions } from '../../src/storage/options.ts';
import { openingIn } from '../lent.ts';

/** A remote as a config file would have it. */
export interface WebdavRemote {
  readonly url: string;
  readonly options?: Readonly<Record<string, string>>;
  readonly opening?: Partial<Opening>;
  /** Put between the driver and the net, or instead of it. */
  readonly through?: (transport: Transport) => Transport;
}

/** Opens a WebDAV remote with an environment of its own: no variable and no file of whoever runs the tests. */
export async function openWebdav({ url, options = {}, opening = {}, through = (transport) => transport }: WebdavRemote): Promise<With<'write' | 'list' | 'delete' | 'origin'>> {
  const lent = { ...openingIn('/nonexistent'), ...opening };
  const settings = new Map(Object.entries(options).map(([key, value]) => [key, { value, place: 'test' }]));
  const driver = await webdav.open(webdav.parse(url), readOptions(webdav.options, settings), { ...lent, connect: (given) => through(lent.connect(given)) });
  if (!supports(driver, 'write', 'list', 'delete', 'origin')) throw new Error('the driver lacks a verb');
  return driver;
}
