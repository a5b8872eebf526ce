import { defineDriver } from '../../storage/definition.ts';
import { parseAddress } from './address.ts';
import { options } from './options.ts';

/** Amazon S3 and what speaks its language. */
export const s3 = defineDriver({
  kind: 'storage',
  name: 's3',
  schemes: ['s3'],
  options,
  parse: parseAddress,
  async open(address, chosen, opening) {
    const { createS3Driver } = await import('./driver.ts');
    return createS3Driver(address, chosen, opening);
  },
});
