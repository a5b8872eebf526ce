import { defineRegistry } from '../../storage/definition.ts';
import { parseAddress } from './address.ts';
import { options } from './options.ts';

/** A repository of an OCI registry. */
export const oci = defineRegistry({
  kind: 'registry',
  name: 'oci',
  schemes: ['oci'],
  options,
  parse: parseAddress,
  async open(address, chosen, opening) {
    const { openOci } = await import('./driver.ts');
    return openOci(address, chosen, opening);
  },
});
