import { hasCode } from '../../errors.ts';
import { type HashName, isTreeOid, type Oid } from '../../odb/hash-info.ts';
import { loadTree } from '../../odb/load-tree.ts';
import type { Meta } from '../../odb/meta.ts';
import type { CallOptions } from '../../storage/call.ts';
import { joinPath, parsePath, type Path } from '../../storage/path.ts';
import { listingOf } from '../collect/listing.ts';
import type { Selected } from '../collect/targets.ts';
import { inside } from '../collect/wanted.ts';
import type { Repo } from '../repo.ts';
import type { Output } from '../stage.ts';

/** One tracked file, as a remote that keeps files under their own names sees it. */
export interface VersionedFile {
  readonly output: Output;
  /** '' for an output that is a file. */
  readonly relpath: string;
  /** Where it lies: in the repository, and below the remote. */
  readonly path: Path;
  readonly name: HashName;
  readonly oid: Oid;
  readonly meta: Meta;
}

/** The files of outputs, and the outputs whose listing is nowhere. */
export async function listFiles(repo: Repo, selected: readonly Selected[], call: CallOptions = {}): Promise<{ readonly files: readonly VersionedFile[]; readonly lost: readonly Output[] }> {
  const files: VersionedFile[] = [];
  const lost: Output[] = [];
  for (const { output, inner } of selected) {
    if (output.hash === undefined) continue;
    const { name, value: oid } = output.hash;
    if (!isTreeOid(oid)) {
      files.push({ output, relpath: '', path: parsePath(output.path), name, oid, meta: output.meta });
      continue;
    }
    const tree = listingOf(output) ?? (await loadTree(oid, [repo.cache.objects(name)], call).catch((error: unknown) => {
      if (hasCode(error, 'CORRUPT')) return undefined;
      throw error;
    }));
    if (!tree) lost.push(output);
    else {
      const metas = metasOf(output);
      for (const entry of inside(tree, inner)) files.push({ output, relpath: entry.relpath, path: joinPath(parsePath(output.path), entry.relpath), name, oid: entry.oid, meta: metas.get(entry.relpath) ?? {} });
    }
  }
  return { files, lost };
}

/** What is noted of each file of a directory. */
export function metasOf({ files }: Pick<Output, 'files'>): ReadonlyMap<string, Meta> {
  return new Map(files?.map(({ relpath, meta }) => [relpath, meta]));
}
