import { md5Hex } from '../disk/md5-hex.ts';
import { readFile } from '../disk/read.ts';
import { keepMemory } from './keep-memory.ts';
import { type OidSet, packOidSet, unpackOidSet } from './oid-set.ts';
import type { SeenFolders } from './whole-memory.ts';

/**
 * What the last look at a selection found, object by object with its size: as long as nothing came or went since, neither the listings need to be
 * read nor every object to be looked at. Bytes that are changed in place do not show here; see {@link WholeMemory}.
 */
export interface LookMemory {
  /** The objects of the selection that `key` names, all of them here. Undefined where that is not known. */
  recall(key: string): OidSet | undefined;
  /** Keeps, for the next program, what a look that began after `recall` found complete. */
  keep(key: string, objects: OidSet): void;
}

const MAGIC = 'TOWK0001';
const HEAD = MAGIC.length + 3 * 32;

/** The memory of one selection, the last, of the objects below `objects`. Nothing is read before the first question. */
export function createLookMemory(objects: string, { folder, disk, stamp }: SeenFolders): LookMemory {
  const file = `${folder}/look-${md5Hex(objects)}`;
  let hasStamp = false;
  return {
    recall(key) {
      hasStamp = true;
      const bytes = readFile(file);
      if (bytes === undefined || Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(HEAD, bytes.byteLength)).toString('latin1') !== headOf(stamp().text, key, bytes.subarray(HEAD))) return undefined;
      return unpackOidSet(bytes.subarray(HEAD));
    },
    keep(key, found) {
      // A stamp from after the look does not say what changed meanwhile.
      if (!hasStamp || !stamp().isSettled) return;
      const packed = packOidSet(found);
      keepMemory(disk, file, Buffer.concat([Buffer.from(headOf(stamp().text, key, packed), 'latin1'), packed]));
    },
  };
}

/** Of other folders, another selection or damaged bytes it is another. */
const headOf = (stamp: string, key: string, packed: Uint8Array): string => `${MAGIC}${stamp}${key}${md5Hex(packed)}`;
