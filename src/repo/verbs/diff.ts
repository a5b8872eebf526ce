import { type Change, type IndexEntry, labelOf } from '../../odb/data-index.ts';
import { diffIndexes, pairRenames } from '../../odb/diff.ts';
import type { CallOptions } from '../../storage/call.ts';
import { collectStages } from '../collect/stages.ts';
import { recordedIndex, trackedOutputs, workspaceIndex } from '../data-status/indexes.ts';
import { createListings } from '../data-status/listings.ts';
import { createCacheQuestion } from '../data-status/not-in-cache.ts';
import { scopeOf } from '../data-status/scope.ts';
import { headCommit, resolveCommit } from '../git/refs.ts';
import type { Repo } from '../repo.ts';

/** What to compare. */
export interface DiffRequest {
  /** Default: HEAD. */
  readonly from?: string;
  /** Default: the workspace. */
  readonly to?: string;
  readonly targets?: readonly string[];
  readonly cwd: string;
}
/** A path, which of a directory ends with '/', and its hash. */
export interface DiffEntry { readonly path: string; readonly hash: string | null }
/** What differs. Paths are relative to the root. */
export interface Diff {
  readonly added: readonly DiffEntry[];
  readonly deleted: readonly DiffEntry[];
  readonly modified: readonly { readonly path: string; readonly hash: { readonly old: string | null; readonly new: string | null } }[];
  readonly renamed: readonly { readonly path: { readonly old: string; readonly new: string }; readonly hash: string | null }[];
  /** What the older side records and the cache lacks; looked for only where the other side is the workspace. */
  readonly notInCache: readonly DiffEntry[];
}

/** Compares the data that two commits record, or a commit and the workspace, file by file. Changes nothing. */
export async function diff(repo: Repo, { from = 'HEAD', to, targets = [], cwd }: DiffRequest, call: CallOptions = {}): Promise<Diff> {
  const { git } = repo.workspace;
  const isEmpty = (await headCommit(git)) === undefined;
  if (isEmpty) return describe([], []);
  const before = await resolveCommit(git, from);
  const after = to === undefined ? undefined : await resolveCommit(git, to);
  if (before === after) return describe([], []);
  const older = await collectStages(await repo.commits.open(before));
  const newer = await collectStages(after === undefined ? repo.workspace : await repo.commits.open(after));
  const scope = scopeOf(repo, [...newer, ...older], { targets, cwd });
  const listings = createListings(repo, call);
  try {
    const outputs = trackedOutputs(newer, scope.reaches);
    const previous = recordedIndex(trackedOutputs(older, scope.reaches), listings);
    const next = to === undefined ? await workspaceIndex(repo, outputs, call) : recordedIndex(outputs, listings);
    const isWorkspace = to === undefined;
    const compared = (): AsyncIterable<readonly Change[]> => diffIndexes(previous, next, { granular: true, covers: scope.covers, unchanged: isWorkspace });
    const question = createCacheQuestion(repo, call);
    const changes: Change[] = [];
    for await (const batch of compared()) {
      changes.push(...batch.filter(({ kind }) => kind !== 'unchanged' && kind !== 'unknown'));
      if (isWorkspace) question.note(batch);
    }
    return describe(pairRenames(changes), await question.answer(compared));
  } finally {
    await listings.close();
  }
}

const hashOf = (entry: IndexEntry): string | null => entry.hash?.value ?? null;
const entryOf = (entry: IndexEntry): DiffEntry => ({ path: labelOf(entry), hash: hashOf(entry) });

function describe(changes: readonly Change[], missing: readonly IndexEntry[]): Diff {
  return {
    added: changes.flatMap((change) => (change.kind === 'added' ? [entryOf(change.next)] : [])),
    deleted: changes.flatMap((change) => (change.kind === 'deleted' ? [entryOf(change.previous)] : [])),
    modified: changes.flatMap((change) => (change.kind === 'modified' ? [{ path: labelOf(change.previous), hash: { old: hashOf(change.previous), new: hashOf(change.next) } }] : [])),
    renamed: changes.flatMap((change) => (change.kind === 'renamed' ? [{ path: { old: labelOf(change.previous), new: labelOf(change.next) }, hash: hashOf(change.previous) }] : [])),
    notInCache: missing.map(entryOf),
  };
}
