import { TowlineError } from '../../errors.ts';
import type { HashName, Oid } from '../../odb/hash-info.ts';
import type { CallOptions } from '../../storage/call.ts';
import type { Repo } from '../repo.ts';

/** An object as it lies on a remote. */
export interface ListedObject {
  readonly oid: Oid;
  readonly hash: HashName;
  readonly size?: number;
  readonly modifiedAt?: number;
}

/** The objects on a remote, in bunches as they are found, in any order. UNSUPPORTED where it cannot be listed, or keeps the files themselves. */
export async function* listObjects(repo: Repo, { name }: { readonly name?: string }, { signal }: CallOptions = {}): AsyncGenerator<readonly ListedObject[]> {
  const remote = repo.remote(repo.workspace, { command: 'remote list-objects', ...(name !== undefined && { name }) });
  try {
    if (remote.versions) throw new TowlineError('UNSUPPORTED', `remote '${remote.name}' keeps the files themselves, not objects`, { hint: `'tow list-url remote://${remote.name}/ -R' lists them.` });
    for await (const entries of remote.stored(signal && { signal })) {
      yield entries.flatMap((entry) => ('oid' in entry ? [{ oid: entry.oid, hash: entry.hash, ...(entry.size !== undefined && { size: entry.size }), ...(entry.modifiedAt !== undefined && { modifiedAt: entry.modifiedAt }) }] : []));
    }
  } finally {
    await remote.close();
  }
}
