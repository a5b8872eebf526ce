import { defineDriver } from '../../storage/definition.ts';
import { parseAddress } from './address.ts';
import { options } from './options.ts';

/** Any web server: read by GET, written by POST or PUT, never listed. */
export const http = defineDriver({
  kind: 'storage',
  name: 'http',
  schemes: ['http', 'https'],
  options,
  parse: parseAddress,
  async open(address, chosen, opening) {
    const { createHttpDriver } = await import('./driver.ts');
    return createHttpDriver(address, chosen, opening);
  },
});
