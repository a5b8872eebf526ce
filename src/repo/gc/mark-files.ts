import { TowlineError } from '../../errors.ts';
import type { Oid } from '../../odb/hash-info.ts';
import type { CallOptions } from '../../storage/call.ts';
import type { Path } from '../../storage/path.ts';
import { collectStages } from '../collect/stages.ts';
import type { Selected } from '../collect/targets.ts';
import { listHistory } from '../git/history.ts';
import type { Repo } from '../repo.ts';
import type { Revision } from '../revision.ts';
import type { Output } from '../stage.ts';
import { listFiles } from '../versioned/versioned-file.ts';

/** What a revision says that a file held. */
export interface NotedFile { readonly oid: Oid; readonly size?: number; readonly versionId?: string }
/** What is said of tracked files, by the path of each. */
export type NotedFiles = ReadonlyMap<Path, readonly NotedFile[]>;

/** Every file that these revisions track. What cannot be read was reported when objects were marked. */
export async function markFiles(repo: Repo, revisions: Iterable<Revision>, call: CallOptions = {}): Promise<NotedFiles> {
  const found = new Map<Path, Map<string, NotedFile>>();
  const seen = new Set<Output>();
  for (const revision of revisions) {
    const selected = (await outputsOf(revision, call)).filter(({ output }) => !seen.has(output));
    for (const { output } of selected) seen.add(output);
    const { files } = await listFiles(repo, selected, call);
    for (const { path, oid, name, meta } of files) {
      const noted: NotedFile = { oid, ...(name === 'md5' && meta.size !== undefined && { size: meta.size }), ...(meta.version_id !== undefined && { versionId: meta.version_id }) };
      const known = found.get(path) ?? new Map<string, NotedFile>();
      found.set(path, known.set(`${oid} ${meta.version_id ?? ''}`, noted));
    }
  }
  return new Map([...found].map(([path, noted]) => [path, [...noted.values()]]));
}

/** All files that any commit ever tracked, and the workspace: only what lies there can be ours. */
export async function everTracked(repo: Repo, call: CallOptions = {}): Promise<NotedFiles> {
  const { git } = repo.workspace;
  const ids = git ? await listHistory(git, { commits: true, experiments: true }) : [];
  const revisions = await Promise.all(ids.map((id) => repo.commits.open(id)));
  return await markFiles(repo, [repo.workspace, ...revisions], call);
}

async function outputsOf(revision: Revision, { signal }: CallOptions): Promise<readonly Selected[]> {
  signal?.throwIfAborted();
  try {
    return (await collectStages(revision)).flatMap((stage) => stage.outputs.filter(({ hash, place }) => hash !== undefined && place === 'repository').map((output) => ({ stage, output, inner: '' })));
  } catch (error) {
    if (error instanceof TowlineError && error.code !== 'ABORTED') return [];
    throw error;
  }
}
