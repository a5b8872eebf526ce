import type { HashName, Oid } from '../odb/hash-info.ts';
import { isTreeOid } from '../odb/hash-info.ts';
import { objectOfPath } from '../odb/layout.ts';
import type { ObjectDb } from '../odb/object-db.ts';
import { createOidSetBuilder } from '../odb/oid-set.ts';
import type { CallOptions } from '../storage/call.ts';
import { parsePath } from '../storage/path.ts';
import type { Storage } from '../storage/storage.ts';
import { isRunPath, type Runs } from './pipeline/runs.ts';

/** Something that lies on a remote. Sizes and times are there where the service tells them. */
export type Stored = { readonly size?: number; readonly modifiedAt?: number } & (
  /** `listing`: that of a directory. */
  | { readonly kind: 'file' | 'listing'; readonly oid: Oid; readonly hash: HashName }
  | { readonly kind: 'run' }
  /** Nothing of DVC's: 'kept' are the files of a remote that keeps the files themselves, 'other' what somebody put beside objects. */
  | { readonly kind: 'kept' | 'other'; readonly path: string }
);

/** The hashes that objects are named by; those of DVC 2 lie right at the root. */
export const HASHES: readonly HashName[] = ['md5', 'md5-dos2unix'];

/** All there is, by its paths. */
export async function* storedFiles(storage: Storage, { isKept, ...call }: CallOptions & { readonly isKept: boolean }): AsyncGenerator<readonly Stored[]> {
  for await (const entries of storage.walk(parsePath(''), call)) {
    yield entries.map(({ path, size, modifiedAt }): Stored => ({ ...(isKept ? { kind: 'kept', path } : ofPath(path)), ...(size !== undefined && { size }), ...(modifiedAt !== undefined && { modifiedAt }) }));
  }
}

function ofPath(path: string): Stored {
  for (const hash of HASHES) {
    const oid = objectOfPath(hash, path);
    if (oid !== undefined) return ofOid(oid, hash);
  }
  return isRunPath(path) ? { kind: 'run' } : { kind: 'other', path };
}

const ofOid = (oid: Oid, hash: HashName): Stored => ({ kind: isTreeOid(oid) ? 'listing' : 'file', oid, hash });

const BUNCH = 10_000;

/** All that a registry has; an object that lies in several segments is one. */
export async function* storedObjects(open: (name: HashName) => Promise<ObjectDb>, runs: () => Promise<Runs>, call: CallOptions): AsyncGenerator<readonly Stored[]> {
  for (const hash of HASHES) {
    const builder = createOidSetBuilder();
    for await (const some of (await open(hash)).list(call)) for (const oid of some.oids()) builder.add(oid, some.sizeOf(oid));
    const all = builder.build();
    let bunch: Stored[] = [];
    let place = 0;
    for (const oid of all.oids()) {
      const size = all.sizeAt(place++);
      bunch.push({ ...ofOid(oid, hash), ...(size !== undefined && { size }) });
      if (bunch.length < BUNCH) continue;
      yield bunch;
      bunch = [];
    }
    yield bunch;
  }
  yield [...(await (await runs()).held(call))].map(() => ({ kind: 'run' as const }));
}
