import { openImageLayout } from '../../oci/layout.ts';
import { packingOf } from '../../oci/packing-options.ts';
import type { Address, OpenedRegistry, Opening } from '../../storage/definition.ts';
import type { LayoutOptions } from './options.ts';

const CONCURRENCY = 4;

/** A folder that holds what a repository of a registry would. */
export function openLayout({ path = '', displayUrl }: Address, options: LayoutOptions, { wait, env, disk }: Opening): OpenedRegistry {
  return { artifacts: openImageLayout(path, { wait, env, ...(disk && { disk }) }), concurrency: CONCURRENCY, packing: packingOf(options, displayUrl) };
}
