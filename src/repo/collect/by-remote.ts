import type { DataRemote } from '../data-remote.ts';
import type { Repo } from '../repo.ts';
import type { Revision } from '../revision.ts';
import type { Selected } from './targets.ts';

/** Outputs that were selected in one revision. */
export interface SelectedIn {
  readonly revision: Revision;
  readonly selected: readonly Selected[];
}

/** All outputs that belong to one remote, of whatever revision. */
export interface ForRemote {
  readonly remote: DataRemote;
  readonly selected: readonly Selected[];
}

/** Deals outputs out to their remotes: that of `wanted.name`, the one an output is pinned to, or the default. A revision's own config says where its data is. */
export function byRemote(repo: Repo, selection: readonly SelectedIn[], wanted: { readonly name?: string; readonly command: string }): readonly ForRemote[] {
  const groups = new Map<string, { remote: DataRemote; selected: Selected[] }>();
  for (const { revision, selected } of selection) {
    const byName = new Map<string | undefined, Selected[]>();
    for (const one of selected) {
      const pinned = one.output.remote;
      if (wanted.name !== undefined && pinned !== undefined && pinned !== wanted.name) continue;
      const name = wanted.name ?? pinned;
      const known = byName.get(name);
      if (known) known.push(one);
      else byName.set(name, [one]);
    }
    for (const [name, members] of byName) {
      const remote = repo.remote(revision, { command: wanted.command, ...(name !== undefined && { name }) });
      const group = groups.get(`${remote.name}\0${remote.url}`);
      if (group) group.selected.push(...members);
      else groups.set(`${remote.name}\0${remote.url}`, { remote, selected: members });
    }
  }
  if (groups.size === 0 && wanted.name !== undefined) repo.remote(repo.workspace, wanted);
  return [...groups.values()];
}
