import { TowlineError } from '../../errors.ts';
import { type Address, defineRegistry } from '../../storage/definition.ts';
import { options } from './options.ts';

/** An OCI image layout on disk: a registry's repository as files. */
export const ociLayout = defineRegistry({
  kind: 'registry',
  name: 'oci-layout',
  schemes: ['oci-layout'],
  isOneRepository: true,
  options,
  parse,
  async open(address, chosen, opening) {
    const { openLayout } = await import('./driver.ts');
    return openLayout(address, chosen, opening);
  },
});

/** `oci-layout:PATH`, as ORAS and skopeo name one; the path as it is typed. */
function parse(text: string): Address {
  const path = /^oci-layout:(?!\/\/)(?<path>[^\u0000]+)$/is.exec(text)?.groups?.['path'];
  if (path === undefined) throw new TowlineError('INVALID_CONFIG', `'${text}' names no image layout`, { hint: 'Write oci-layout:PATH, with the path of a folder.' });
  return { displayUrl: `oci-layout:${path}`, path };
}
