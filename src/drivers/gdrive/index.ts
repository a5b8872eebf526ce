import { defineDriver } from '../../storage/definition.ts';
import { parseAddress } from './address.ts';
import { options } from './options.ts';

/** Google Drive: My Drive, shared drives, and the application data folder. */
export const gdrive = defineDriver({
  kind: 'storage',
  name: 'gdrive',
  schemes: ['gdrive'],
  options,
  parse: parseAddress,
  async open(address, chosen, opening) {
    const { createDriveDriver } = await import('./driver.ts');
    return createDriveDriver(address, chosen, opening);
  },
});
