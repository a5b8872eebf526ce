import { hasCode } from '../../errors.ts';
import type { CallOptions } from '../../storage/call.ts';
import type { Repo } from '../repo.ts';
import { isImport, type PathDependency, type RepoDependency, type Stage } from '../stage.ts';
import { openDependency, shownSource } from './dependency.ts';
import { fingerprint } from './fingerprint.ts';
import { lookAt } from './open-url.ts';
import { sameContent } from './same-content.ts';
import { openSource, shownImport } from './update-repo.ts';

export type SourceChange = 'modified' | 'deleted' | 'update available';

/** What has become of where imports come from, by how people read its name. Frozen imports are only asked about when they are of one version; `withUpdates` false: not even then. */
export async function sourceChanges(repo: Repo, stage: Stage, { cwd, withUpdates, ...call }: CallOptions & { readonly cwd: string; readonly withUpdates: boolean }): Promise<Readonly<Record<string, SourceChange>>> {
  if (!isImport(stage)) return {};
  const [dependency] = stage.dependencies;
  if (dependency?.kind === 'repo') return withUpdates ? await repoChange(repo, { stage, dependency }, call) : {};
  if (dependency?.kind !== 'path' && dependency?.kind !== 'url') return {};
  if (stage.frozen && !(withUpdates && isVersioned(dependency))) return {};
  const change = await urlChange(repo, stage, { dependency, ...call });
  return change === undefined ? {} : { [shownSource(repo, dependency.written, { folder: stage.workingFolder, cwd })]: change };
}

/** Imports of one version of something. */
export const isVersioned = ({ meta, files, fsConfig }: PathDependency): boolean => meta.version_id !== undefined || files !== undefined || fsConfig?.get('version_aware') === true;

async function urlChange(repo: Repo, stage: Stage, { dependency, ...call }: CallOptions & { readonly dependency: PathDependency }): Promise<SourceChange | undefined> {
  const place = await openDependency(repo, await repo.workspace.config(), { stage, dependency });
  try {
    const found = await lookAt(place, call);
    const now = await fingerprint(place, found, { ...call, lent: repo.lent });
    if (dependency.meta.version_id !== undefined && now.meta.version_id !== dependency.meta.version_id) return 'update available';
    return sameContent(dependency, now) ? undefined : 'modified';
  } catch (error) {
    if (hasCode(error, 'NOT_FOUND') && error.context['reason'] === 'no-such-url') return 'deleted';
    throw error;
  } finally {
    await place.storage.close();
  }
}

/** A new commit is enough, as for DVC: whether the data is another one is seen by who updates. */
async function repoChange(repo: Repo, { stage, dependency }: { readonly stage: Stage; readonly dependency: RepoDependency }, call: CallOptions): Promise<Readonly<Record<string, SourceChange>>> {
  if (dependency.lockedRevision === undefined) return {};
  const other = await openSource(repo, { stage, dependency, isNewest: true }, call);
  try {
    return other.commit === dependency.lockedRevision ? {} : { [shownImport(dependency)]: 'update available' };
  } finally {
    await other.close();
  }
}
