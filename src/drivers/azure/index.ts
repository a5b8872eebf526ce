import { defineDriver } from '../../storage/definition.ts';
import { parseAddress } from './address.ts';
import { options } from './options.ts';

/** Azure Blob Storage, of every cloud and of the emulators. */
export const azure = defineDriver({
  kind: 'storage',
  name: 'azure',
  schemes: ['azure'],
  options,
  parse: parseAddress,
  async open(address, chosen, opening) {
    const { createAzureDriver } = await import('./driver.ts');
    return createAzureDriver(address, chosen, opening);
  },
});
