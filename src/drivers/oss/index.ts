import { defineDriver } from '../../storage/definition.ts';
import { parseAddress } from './address.ts';
import { options } from './options.ts';

/** Alibaba Cloud Object Storage Service. */
export const oss = defineDriver({
  kind: 'storage',
  name: 'oss',
  schemes: ['oss'],
  options,
  parse: parseAddress,
  async open(address, chosen, opening) {
    const { createOssDriver } = await import('./driver.ts');
    return createOssDriver(address, chosen, opening);
  },
});
