import { defineDriver } from '../../storage/definition.ts';
import { parseAddress } from './address.ts';
import { options } from './options.ts';

/** Folders on WebDAV servers: webdav:// is spoken over http, webdavs:// over https. */
export const webdav = defineDriver({
  kind: 'storage',
  name: 'webdav',
  schemes: ['webdav', 'webdavs'],
  options,
  parse: parseAddress,
  async open(address, chosen, opening) {
    const { createWebdavDriver } = await import('./driver.ts');
    return createWebdavDriver(address, chosen, opening);
  },
});
