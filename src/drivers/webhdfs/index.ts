import { defineDriver } from '../../storage/definition.ts';
import { parseAddress } from './address.ts';
import { options } from './options.ts';

/** Folders of HDFS over HTTP: by the NameNode's WebHDFS, or by an HttpFS server. */
export const webhdfs = defineDriver({
  kind: 'storage',
  name: 'webhdfs',
  schemes: ['webhdfs'],
  options,
  parse: parseAddress,
  async open(address, chosen, opening) {
    const { createWebhdfsDriver } = await import('./driver.ts');
    return createWebhdfsDriver(address, chosen, opening);
  },
});
