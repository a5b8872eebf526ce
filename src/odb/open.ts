import { drivers } from '../drivers/index.ts';
import type { Opening } from '../storage/definition.ts';
import { readOptions } from '../storage/options.ts';
import { parsePath } from '../storage/path.ts';
import type { Place } from '../storage/place.ts';
import { Storage } from '../storage/storage.ts';
import { createDiskObjects, type DiskOptions } from './disk-objects.ts';
import { createLooseObjects } from './loose.ts';
import type { ObjectDb } from './object-db.ts';
import { createPageMemory } from './page-memory.ts';

/** The objects of a storage, in the kind that suits where it lies. */
export function openObjects(storage: Storage, { name, defaults, memory }: DiskOptions): ObjectDb {
  const folder = folderBehind(storage);
  return folder === undefined ? createLooseObjects(storage, name, { ...defaults, pages: createPageMemory(`${name} ${storage.driver.displayUrl}`, memory) }) : createDiskObjects(folder, storage, { name, defaults, memory });
}

/** The objects of a remote, whatever it turned out to be. What only registries need is loaded for them only. */
export async function openPlace(place: Place, options: DiskOptions): Promise<ObjectDb> {
  if (place.kind === 'storage') return openObjects(place.storage, options);
  const { createSegmentObjects } = await import('./segments/segment-objects.ts');
  return createSegmentObjects(place.artifacts, { name: options.name, packing: place.packing, memory: options.memory, journal: options.defaults.journal });
}

/** The folder of this machine that a storage shows, or undefined. */
function folderBehind({ driver }: Storage): string | undefined {
  const probe = parsePath('files');
  const origin = driver.origin?.(probe);
  return origin?.kind === 'file' && origin.path.endsWith(`/${probe}`) ? origin.path.slice(0, -probe.length - 1) : undefined;
}

/** A folder of this machine as a storage: what a cache lies in. Objects get mode 0444, as DVC trusts them. */
export async function openFolder(folder: string, lent: Opening, settings: { readonly isShared: boolean; readonly links: readonly string[] }): Promise<Storage> {
  const definition = await drivers.local();
  const place = 'cache';
  const given = [...(settings.isShared ? [['shared', 'group'] as const] : []), ...(settings.links.length > 0 ? [['type', settings.links.join(',')] as const] : [])];
  const options = readOptions(definition.options, new Map(given.map(([key, value]) => [key, { value, place }])));
  return new Storage(await definition.open(definition.parse(folder), options, lent));
}
