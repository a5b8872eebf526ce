import { TowlineError } from '../../errors.ts';
import { shownUrl } from '../../remotes/shown-url.ts';
import type { CallOptions } from '../../storage/call.ts';
import { stageHash } from '../files/stage-hash.ts';
import type { Repo } from '../repo.ts';
import type { RepoDependency, Stage } from '../stage.ts';
import { bring, type BringOptions, type Brought, holdOf } from './bring.ts';
import { importedFrom } from './imported-from.ts';
import { contentOf, land } from './landing.ts';
import { openOther, type OtherRepo } from './other-repo.ts';
import { repoOffer } from './repo-offer.ts';
import { isUnchanged, signalOf, takeAway, type Updating, withContent } from './update-url.ts';

/** How messages name an import from a repository. */
export const shownImport = ({ path, url }: Pick<RepoDependency, 'path' | 'url'>): string => `${path} (${shownUrl(url)})`;

/** Brings what lies at `path` of another repository into our cache. */
export async function bringFrom(repo: Repo, other: OtherRepo, { path, ...options }: BringOptions & { readonly path: string }): Promise<Brought> {
  const offer = await repoOffer(other, path, { ...signalOf(options), lent: repo.lent });
  try {
    return await bring(holdOf(repo), offer, options);
  } finally {
    await offer.close();
  }
}

/** Opens where a stage was imported from: at the state it recorded, or the newest it follows. */
export async function openSource(repo: Repo, { stage, dependency, isNewest }: { readonly stage: Pick<Stage, 'workingFolder'>; readonly dependency: RepoDependency; readonly isNewest: boolean }, call: CallOptions): Promise<OtherRepo> {
  return openOther(repo.lent, importedFrom(dependency, { root: repo.root, folder: stage.workingFolder, isNewest }), call);
}

/** The stage as it is now; undefined when the other repository has nothing newer and all is here. */
export async function updateFromRepo(repo: Repo, { stage, dependency }: { readonly stage: Stage; readonly dependency: RepoDependency }, updating: Updating): Promise<Stage | undefined> {
  if (updating.toRemote === true) throw new TowlineError('INVALID_ARGUMENT', "Data imported from other DVC or Git repositories can't be updated with --to-remote");
  const wanted: RepoDependency = { ...dependency, ...(updating.revision !== undefined && { revision: updating.revision }) };
  const other = await openSource(repo, { stage, dependency: wanted, isNewest: true }, signalOf(updating));
  try {
    const next: RepoDependency = { ...wanted, ...(other.commit !== undefined && { lockedRevision: other.commit }) };
    const followed: Stage = { ...stage, dependencies: [next] };
    if (stage.md5 === stageHash(followed) && (await isUnchanged(repo, stage, updating))) return undefined;
    if (updating.noDownload === true) {
      await takeAway(repo, stage, updating);
      return withContent(stage, { dependency: next, content: {} });
    }
    const jobs = updating.jobs !== undefined && updating.jobs > 0 ? { jobs: updating.jobs } : {};
    const brought = await bringFrom(repo, other, { ...signalOf(updating), ...jobs, path: dependency.path });
    const renewed = withContent(stage, { dependency: next, content: contentOf(brought) });
    await land(repo, renewed, { ...signalOf(updating), force: updating.force === true });
    return renewed;
  } finally {
    await other.close();
  }
}
