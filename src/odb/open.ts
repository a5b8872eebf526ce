import { drivers } from '../drivers/index.ts';
import { type Opening } from '../storage/definition.ts';
import { readOptions } from '../storage/options.ts';
import { Storage } from '../storage/storage.ts';

/** A folder of this machine as a storage: what a cache lies in. Objects get mode 0444, as DVC trusts them. */
export async function openFolder(folder: string, lent: Opening, settings: { readonly isShared: boolean; readonly links: readonly string[] }): Promise<Storage> {
  const definition = await drivers.local();
  const place = 'cache';
  const given = [...(settings.isShared ? [['shared', 'group'] as const] : []), ...(settings.links.length > 0 ? [['type', settings.links.join(',')] as const] : [])];
  const options = readOptions(definition.options, new Map(given.map(([key, value]) => [key, { value, place }])));
  return new Storage(await definition.open(definition.parse(folder), options, lent));
}
