import { TowlineError } from '../errors.ts';
import type { Packing } from '../storage/definition.ts';
import { integer, type Option, size } from '../storage/options.ts';

const ours = { owner: 'towline' } as const;
const MiB = 1024 * 1024;
const LARGEST_PACK = 1024 ** 3;

/** A type and no interface: tables of options are records. */
export type PackingOptions = Readonly<Record<'small_max' | 'pack_size' | 'max_layers', Option<number | undefined>>>;

/** How objects are packed, in a registry as in a layout on disk. */
export const packingOptions: PackingOptions = {
  small_max: size('objects of so many bytes or more are blobs of their own', { ...ours, initial: 4 * MiB }),
  pack_size: size('so many bytes of small objects are one blob; two of them are held in memory', { ...ours, initial: 64 * MiB }),
  max_layers: integer('blobs of one segment', { ...ours, minimum: 1, maximum: 10_000, initial: 400 }),
};

/** Throws INVALID_CONFIG for a pack that does not fit into memory: it is put together there. */
export function packingOf({ small_max: smallBytes = 4 * MiB, pack_size: packBytes = 64 * MiB, max_layers: layers }: { readonly [K in keyof PackingOptions]: number | undefined }, displayUrl: string): Packing {
  if (packBytes < 1 || packBytes > LARGEST_PACK) throw new TowlineError('INVALID_CONFIG', `'pack_size' of ${displayUrl} must be at least 1 and at most 1GiB, got ${packBytes}`);
  return { packBytes, smallBytes, ...(layers !== undefined && { layers }) };
}
