import { hasCode, TowlineError } from '../../errors.ts';
import { type HashName, isTreeOid } from '../../odb/hash-info.ts';
import { loadTree } from '../../odb/load-tree.ts';
import { moveObjects } from '../../odb/move-objects.ts';
import type { ObjectDb } from '../../odb/object-db.ts';
import { createOidSetBuilder, type OidSet } from '../../odb/oid-set.ts';
import type { Tree } from '../../odb/tree.ts';
import type { CallOptions } from '../../storage/call.ts';
import type { JobOptions } from '../../storage/storage.ts';
import type { DataRemote } from '../data-remote.ts';
import type { Fault } from '../fault.ts';
import { progressOf } from '../progress.ts';
import type { Repo } from '../repo.ts';

/** From which remote to which, by their names. */
export interface CopyRequest { readonly from: string; readonly to: string; readonly jobs?: number }
/** `keptBack`: listings of directories of which the source lacks a file; they were not copied. */
export interface CopyResult {
  readonly copied: number;
  readonly bytes: number;
  readonly failed: readonly Fault[];
  readonly keptBack: readonly string[];
}

const HASHES: readonly HashName[] = ['md5', 'md5-dos2unix'];

/** Copies every object of one remote that the other lacks, of whatever kinds they are, each verified on its way; on the server where both lie there. Listings follow when all their files are there. */
export async function copyRemote(repo: Repo, { from, to, jobs }: CopyRequest, { signal }: CallOptions = {}): Promise<CopyResult> {
  const [source, target] = [from, to].map((name) => repo.remote(repo.workspace, { command: 'remote copy', name })) as [DataRemote, DataRemote];
  const call: JobOptions = { ...(signal && { signal }), ...(jobs !== undefined && { jobs }) };
  try {
    for (const { name, versions } of [source, target]) if (versions) throw new TowlineError('UNSUPPORTED', `remote '${name}' keeps the files themselves in versions, not objects`, { hint: "'tow pull -r' and 'tow push -r' bring them from one to the other." });
    const results: CopyResult[] = [];
    for (const name of HASHES) results.push(await copyObjects(repo, { source: await source.objects(name), target: await target.objects(name) }, call));
    return results.reduce((a, b) => ({ copied: a.copied + b.copied, bytes: a.bytes + b.bytes, failed: [...a.failed, ...b.failed], keptBack: [...a.keptBack, ...b.keptBack] }));
  } finally {
    for (const remote of [source, target]) await remote.close();
  }
}

async function copyObjects(repo: Repo, { source, target }: { readonly source: ObjectDb; readonly target: ObjectDb }, call: JobOptions): Promise<CopyResult> {
  const all = createOidSetBuilder();
  for await (const some of source.list(call)) for (const oid of some.oids()) all.add(oid, some.sizeOf(oid));
  const objects = all.build();
  const held = await target.present(objects, call);
  const wanted = objects.minus(held);
  repo.lent.report?.({ kind: 'phase', name: `Copying to ${target.displayUrl}`, files: wanted.count });
  const moved = await moveObjects(source, target, { ...call, ...progressOf(repo), move: { wanted, held, trees: await listingsIn(source, wanted, call) } });
  return { copied: moved.done, bytes: moved.bytes, failed: moved.failed.map(({ oid, error }) => ({ oid, path: oid, reason: error.message })), keptBack: moved.keptBack };
}

/** One that is damaged goes the way of any object, and is refused when its bytes pass. */
async function listingsIn(source: ObjectDb, wanted: OidSet, call: CallOptions): Promise<readonly Tree[]> {
  const trees: Tree[] = [];
  for (const oid of wanted.oids()) {
    if (!isTreeOid(oid)) continue;
    const tree = await loadTree(oid, [source], call).catch((error: unknown) => {
      if (!hasCode(error, 'CORRUPT')) throw error;
      return undefined;
    });
    if (tree) trees.push(tree);
  }
  return trees;
}
