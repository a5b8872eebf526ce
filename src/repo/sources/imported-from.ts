import type { RepoDependency } from '../stage.ts';
import type { OtherAddress } from './other-repo.ts';

/** The repository an import comes from, at the state that was recorded, or with `isNewest` at the one it follows. DVC takes a relative path from where it is run; a file that moved with its repository means what lies beside it. */
export function importedFrom({ url, revision, lockedRevision, config, remote }: RepoDependency, { root, folder, isNewest = false }: { readonly root: string; readonly folder: string; readonly isNewest?: boolean }): OtherAddress {
  const wanted = (isNewest ? undefined : lockedRevision) ?? revision;
  return {
    url, isPinned: true, bases: folder === '' ? [root] : [root, `${root}/${folder}`],
    ...(wanted !== undefined && { revision: wanted }), ...(config !== undefined && { config }), ...(remote !== undefined && { remote }),
  };
}
