import { defineDriver } from '../../storage/definition.ts';
import { parseAddress } from './address.ts';
import { options } from './options.ts';

/** Google Cloud Storage. */
export const gs = defineDriver({
  kind: 'storage',
  name: 'gs',
  schemes: ['gs'],
  options,
  parse: parseAddress,
  async open(address, chosen, opening) {
    const { createGsDriver } = await import('./driver.ts');
    return createGsDriver(address, chosen, opening);
  },
});
