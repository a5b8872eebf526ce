import { createHash } from 'node:crypto';

import { makeFolders } from '../../disk/folders.ts';
import { readText } from '../../disk/read.ts';
import { replaceFile } from '../../disk/replace.ts';
import { type HashName, isOid, isTreeOid, type Oid } from '../../odb/hash-info.ts';
import { createOidSetBuilder, type OidSet } from '../../odb/oid-set.ts';
import type { Repo } from '../repo.ts';

/** How far a look through a place has come that goes on another time: `.dvc/tmp/towline/verify/<md5 of the place>` holds the last oid. */
export interface VerifyProgress {
  /** The objects that are next, up to so many bytes and at least one. */
  rest(all: OidSet, budgetBytes: number): OidSet;
  save(all: OidSet, done: OidSet): void;
}

export function createProgress({ root, lent: { disk } }: Pick<Repo, 'root' | 'lent'>, { place, name }: { readonly place: string; readonly name: HashName }): VerifyProgress {
  const folder = `${root}/.dvc/tmp/towline/verify`;
  const file = `${folder}/${createHash('md5').update(`${name} ${place}`).digest('hex')}`;
  const after = (): Oid | undefined => {
    const text = readText(file)?.trim();
    return text !== undefined && isOid(text) ? text : undefined;
  };
  return {
    rest(all, budgetBytes) {
      const last = after();
      const builder = createOidSetBuilder();
      let bytes = 0;
      for (const oid of all.oids()) {
        if (last !== undefined && !isBehind(oid, last)) continue;
        if (bytes >= Math.max(1, budgetBytes)) break;
        builder.add(oid, all.sizeOf(oid));
        bytes += all.sizeOf(oid) ?? 0;
      }
      return builder.build();
    },
    save(all, done) {
      const [last, end] = [[...done.oids()].at(-1), [...all.oids()].at(-1)];
      if (last === undefined || last === end) disk.remove(file);
      else {
        makeFolders(disk, folder);
        replaceFile(disk, file, `${last}\n`, { durable: false });
      }
    },
  };
}

/** In the order of a set of oids: by digest, listings last. */
function isBehind(oid: Oid, last: Oid): boolean {
  if (isTreeOid(oid) !== isTreeOid(last)) return isTreeOid(oid);
  return oid > last;
}
