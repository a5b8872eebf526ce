import { TowlineError } from '../errors.ts';
import { isTreeOid, type Oid } from './hash-info.ts';
import { filterOids, type OidSet } from './oid-set.ts';

/** One of `count` shares of all objects, which together are all of them; `index` counts from 1. */
export interface Shard { readonly index: number; readonly count: number }

const MOST = 65_536;

/** Reads `2/4`. Throws INVALID_ARGUMENT. */
export function parseShard(text: string): Shard {
  const [, index, count] = /^(\d{1,9})\/(\d{1,9})$/.exec(text) ?? [];
  const shard = { index: Number(index), count: Number(count) };
  if (shard.index >= 1 && shard.index <= shard.count && shard.count <= MOST) return shard;
  throw new TowlineError('INVALID_ARGUMENT', `expected a share such as '1/4' (from 1/4 to 4/4), got '${text}'`);
}

/** Whether an object belongs to the share. A share is a span of digests, so that of a listing by prefix it needs its own part only. */
export function isInShard(oid: Oid, { index, count }: Shard): boolean {
  return Math.floor((Number.parseInt(oid.slice(0, 8), 16) * count) / 2 ** 32) === index - 1;
}

/** The members of `set` in the share; all of them where there is none. */
export function shareOf(set: OidSet, shard: Shard | undefined): OidSet {
  return shard ? filterOids(set, (oid) => isInShard(oid, shard)) : set;
}

/** The files of the share, and every tree: whoever ends last can send a tree, and nobody knows who that is. */
export function shareWithTrees(set: OidSet, shard: Shard | undefined): OidSet {
  return shard ? filterOids(set, (oid) => isTreeOid(oid) || isInShard(oid, shard)) : set;
}
