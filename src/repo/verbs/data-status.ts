import { type Change, type DataIndex, labelOf } from '../../odb/data-index.ts';
import { diffIndexes, pairRenames } from '../../odb/diff.ts';
import { compareCodePoints } from '../../disk/names.ts';
import type { CallOptions } from '../../storage/call.ts';
import { collectStages } from '../collect/stages.ts';
import { type GitState, readGitState } from '../data-status/git-state.ts';
import { recordedIndex, trackedOutputs, workspaceIndex } from '../data-status/indexes.ts';
import { createListings, type Listings } from '../data-status/listings.ts';
import { type CacheQuestion, createCacheQuestion } from '../data-status/not-in-cache.ts';
import { findNotInRemote } from '../data-status/not-in-remote.ts';
import { type Scope, scopeOf } from '../data-status/scope.ts';
import type { Repo } from '../repo.ts';
import type { Stage } from '../stage.ts';

/** What to look at, and how deep. */
export interface DataStatusRequest {
  readonly targets?: readonly string[];
  readonly cwd: string;
  /** Every file of tracked directories. */
  readonly granular?: boolean;
  /** Also names what has not changed. */
  readonly unchanged?: boolean;
  readonly untrackedFiles?: 'no' | 'all';
  /** Also asks the remotes: `remote` in place of the default one. */
  readonly notInRemote?: boolean;
  readonly remote?: string;
}

/** Labels by what happened to them; a directory ends with '/'. Kinds that did not occur are left out. */
export interface DataChanges {
  readonly modified?: readonly string[];
  readonly added?: readonly string[];
  readonly deleted?: readonly string[];
  readonly renamed?: readonly { readonly old: string; readonly new: string }[];
  /** There, but nothing tells whether it has changed: the listing it would be compared with is nowhere. */
  readonly unknown?: readonly string[];
}

/** All paths are relative to the root of the repository. */
export interface DataStatus {
  readonly notInCache: readonly string[];
  readonly notInRemote: readonly string[];
  /** From HEAD to the `.dvc` files of the work tree. */
  readonly committed: DataChanges;
  /** From the `.dvc` files to the workspace. */
  readonly uncommitted: DataChanges;
  readonly untracked: readonly string[];
  readonly unchanged: readonly string[];
  readonly git: Pick<GitState, 'isEmpty' | 'isDirty'>;
}

/** Compares the last commit with the `.dvc` files, and these with the workspace, the cache and, when asked, the remotes. Changes nothing. */
export async function dataStatus(repo: Repo, request: DataStatusRequest, call: CallOptions = {}): Promise<DataStatus> {
  const git = await readGitState(repo, request.untrackedFiles ?? 'no');
  const stages = await collectStages(repo.workspace);
  const head = git === undefined || git.isEmpty ? [] : await collectStages(await repo.commits.open('HEAD'));
  const scope = scopeOf(repo, [...stages, ...head], { targets: request.targets ?? [], cwd: request.cwd });
  const listings = createListings(repo, { ...call, ...(request.remote !== undefined && request.notInRemote === true && { remote: request.remote }) });
  try {
    return await compareAll(repo, { request, git, stages, head, scope, listings }, call);
  } finally {
    await listings.close();
  }
}

interface Situation {
  readonly request: DataStatusRequest;
  readonly git: GitState | undefined;
  readonly stages: readonly Stage[];
  readonly head: readonly Stage[];
  readonly scope: Scope;
  readonly listings: Listings;
}

async function compareAll(repo: Repo, situation: Situation, call: CallOptions): Promise<DataStatus> {
  const { request, git, stages, head, scope, listings } = situation;
  const { granular = false, unchanged = false } = request;
  const outputs = trackedOutputs(stages, scope.reaches);
  const recorded = recordedIndex(outputs, listings);
  const options = { granular, covers: scope.covers, listUnchanged: unchanged };
  // What the cache lacks shows only where every recorded object is looked at.
  const workspace = await workspaceIndex(repo, outputs, call);
  const uncommitted = await summarize(() => diffIndexes(recorded, workspace, { ...options, unchanged: true }), { ...options, cache: createCacheQuestion(repo, call) });
  const question = { granular, scope, listings, ...call, ...(request.remote !== undefined && { remote: request.remote }) };
  const notInRemote = request.notInRemote === true ? await findNotInRemote(repo, outputs, question) : [];
  const committed = git === undefined ? undefined : await summarize(() => diffIndexes(headIndex(head, scope, listings), recorded, { ...options, unchanged }), options);
  const same = committed && new Set(committed.unchanged);
  return {
    notInCache: sorted(uncommitted.notInCache),
    notInRemote: sorted(notInRemote),
    committed: committed?.changes ?? {},
    uncommitted: uncommitted.changes,
    untracked: sorted((git?.untracked ?? []).filter(scope.covers)),
    unchanged: sorted(same ? uncommitted.unchanged.filter((label) => same.has(label)) : uncommitted.unchanged),
    git: { isEmpty: git?.isEmpty === true, isDirty: git?.isDirty === true },
  };
}

const headIndex = (stages: readonly Stage[], scope: Scope, listings: Listings): DataIndex => recordedIndex(trackedOutputs(stages, scope.reaches), listings);

const sorted = (labels: readonly string[]): readonly string[] => [...labels].sort(compareCodePoints);

interface Summary {
  readonly changes: DataChanges;
  readonly unchanged: readonly string[];
  readonly notInCache: readonly string[];
}

interface SummaryOptions {
  readonly listUnchanged: boolean;
  readonly cache?: CacheQuestion;
}

/** Of a diff only what is to be shown is kept: the files that did not change may be millions. */
async function summarize(diff: () => AsyncIterable<readonly Change[]>, { listUnchanged, cache }: SummaryOptions): Promise<Summary> {
  const changes: Change[] = [];
  const unchanged: string[] = [];
  for await (const batch of diff()) {
    for (const change of batch) {
      if (change.kind !== 'unchanged') changes.push(change);
      else if (listUnchanged) unchanged.push(labelOf(change.next));
    }
    cache?.note(batch);
  }
  const missing = (await cache?.answer(diff)) ?? [];
  return { changes: describe(pairRenames(changes)), unchanged, notInCache: missing.map(labelOf) };
}

function describe(changes: readonly Change[]): DataChanges {
  const labels = (kind: 'modified' | 'added' | 'deleted' | 'unknown'): readonly string[] => changes.flatMap((change) => (change.kind === kind ? [labelOf(change.kind === 'deleted' ? (change.next ?? change.previous) : change.next)] : []));
  const renamed = changes.flatMap((change) => (change.kind === 'renamed' ? [{ old: labelOf(change.previous), new: labelOf(change.next) }] : []));
  const all = { modified: labels('modified'), added: labels('added'), deleted: labels('deleted'), renamed, unknown: labels('unknown') };
  return Object.fromEntries(Object.entries(all).filter(([, list]) => list.length > 0));
}
