import { TowlineError } from '../../errors.ts';
import type { Entry } from '../../storage/driver.ts';
import { parsePath } from '../../storage/path.ts';
import type { Repo } from '../repo.ts';
import type { Stage, TrackedFile } from '../stage.ts';
import { bring, type BringOptions, type Brought, holdOf } from './bring.ts';
import { openDependency } from './dependency.ts';
import { fingerprint } from './fingerprint.ts';
import { type Found, lookAt } from './open-url.ts';
import { sameContent } from './same-content.ts';
import { bringFrom, openSource } from './update-repo.ts';
import { signalOf } from './update-url.ts';
import { urlOffer } from './url-offer.ts';

/** Brings the data of an import into the cache as its file recorded it. Throws PRECONDITION_FAILED when there is other data now. */
export async function bringRecorded(repo: Repo, stage: Stage, options: BringOptions): Promise<Brought> {
  const [dependency] = stage.dependencies;
  if (dependency?.kind === 'repo') {
    const other = await openSource(repo, { stage, dependency, isNewest: false }, signalOf(options));
    try {
      return await bringFrom(repo, other, { ...options, path: dependency.path });
    } finally {
      await other.close();
    }
  }
  if (dependency?.kind !== 'path' && dependency?.kind !== 'url') throw new TowlineError('UNSUPPORTED', `'${stage.file}' is no import from a URL or a repository`);
  const place = await openDependency(repo, await repo.workspace.config(), { stage, dependency });
  try {
    const found = dependency.files ? recordedFiles(dependency.files) : await lookAt(place, { ...signalOf(options), ...(dependency.meta.version_id !== undefined && { versionId: dependency.meta.version_id }) });
    const brought = await bring(holdOf(repo), urlOffer(place, found), options);
    if (dependency.files || sameContent(dependency, await fingerprint(place, found, { ...signalOf(options), lent: repo.lent, brought }))) return brought;
    throw new TowlineError('PRECONDITION_FAILED', `'${place.shown}' is not what '${stage.file}' recorded any more`, { hint: `'tow update ${stage.file}' takes what is there now.` });
  } finally {
    await place.storage.close();
  }
}

/** The very versions that a file lists: newer ones are not asked for. */
function recordedFiles(files: readonly TrackedFile[]): Found {
  return {
    kind: 'directory',
    entries: files.map(({ relpath, meta: { size, etag, version_id: versionId } }): Entry => ({
      path: parsePath(relpath), kind: 'file', ...(size !== undefined && { size }), ...(etag !== undefined && { etag }), ...(versionId !== undefined && { versionId }),
    })),
  };
}
