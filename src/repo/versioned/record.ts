import { readText } from '../../disk/read.ts';
import { hasCode } from '../../errors.ts';
import { type HashName, isTreeOid } from '../../odb/hash-info.ts';
import { loadTree } from '../../odb/load-tree.ts';
import type { Meta } from '../../odb/meta.ts';
import type { Tree } from '../../odb/tree.ts';
import type { CallOptions } from '../../storage/call.ts';
import { listingOf } from '../collect/listing.ts';
import { updateDvcFile } from '../files/dvc-file.ts';
import { type LockChange, updateDvcLock } from '../files/dvc-lock.ts';
import { lockOf } from '../files/pipeline-stage.ts';
import type { Repo } from '../repo.ts';
import type { Content, Edit, Output, PathDependency, Stage } from '../stage.ts';
import { metasOf } from './versioned-file.ts';

/** What is now known of files: by output, then by the path in it ('' for one that is a file). */
export type Noted = ReadonlyMap<Output, ReadonlyMap<string, Meta>>;

/** The changes to `.dvc` files and locks that note versions. As DVC does it, every directory of a stage that is written gets its list of files. */
export async function recordVersions(repo: Repo, stages: Iterable<Stage>, { noted, ...call }: CallOptions & { readonly noted: Noted }): Promise<readonly Edit[]> {
  const listings = createReader(repo, call);
  const locks = new Map<string, LockChange[]>();
  const edits: Edit[] = [];
  for (const stage of stages) {
    if (!stage.outputs.some((output) => noted.has(output))) continue;
    const outputs: Output[] = [];
    for (const output of stage.outputs) outputs.push(await withVersions(output, noted.get(output), listings));
    if (stage.name === undefined) {
      const before = readText(`${repo.root}/${stage.file}`);
      edits.push({ file: stage.file, before, after: updateDvcFile(before, { ...stage, outputs }) });
    } else {
      const dependencies: PathDependency[] = [];
      for (const one of stage.dependencies) if (one.kind === 'path') dependencies.push(await withListing(one, listings));
      const file = lockOf(stage.file);
      locks.set(file, [...(locks.get(file) ?? []), { name: stage.name, outputs: byWritten(outputs), dependencies: byWritten(dependencies) }]);
    }
  }
  for (const [file, changes] of locks) {
    const before = readText(`${repo.root}/${file}`);
    if (before !== undefined) edits.push({ file, before, after: updateDvcLock(before, file, changes) });
  }
  return edits;
}

type Read = (content: Content) => Promise<Tree | undefined>;

const byWritten = <T extends Content & { readonly written: string }>(entries: readonly T[]): ReadonlyMap<string, Content> => new Map(entries.map((one) => [one.written, one]));

/** A listing that nobody has leaves its entry as it is: DVC would write it without any hash. */
function createReader(repo: Repo, call: CallOptions): Read {
  return async (content) => {
    if (!content.hash || !isTreeOid(content.hash.value)) return undefined;
    const { name, value } = content.hash;
    return listingOf(content) ?? (await loadTree(value, [repo.cache.objects(name)], call).catch((error: unknown) => {
      if (hasCode(error, 'CORRUPT')) return undefined;
      throw error;
    }));
  };
}

async function withVersions(output: Output, metas: ReadonlyMap<string, Meta> | undefined, read: Read): Promise<Output> {
  const own = metas?.get('');
  if (!output.hash || !isTreeOid(output.hash.value)) return own === undefined ? output : { ...output, meta: own };
  const listed = await withListing(output, read);
  if (listed.files === undefined || metas === undefined) return listed;
  return { ...listed, files: listed.files.map((file) => ({ ...file, meta: metas.get(file.relpath) ?? file.meta })) };
}

async function withListing<T extends Content>(content: T, read: Read): Promise<T> {
  const tree = content.hash && (await read(content));
  return tree ? { ...content, files: filesOf(tree, content.hashName, metasOf(content)) } : content;
}

function filesOf(tree: Tree, name: HashName, metas: ReadonlyMap<string, Meta>): Content['files'] {
  return Array.from(tree.entries, ({ relpath, oid }) => ({ relpath, hash: { name, value: oid }, meta: metas.get(relpath) ?? {} }));
}
