import type { DataIndex, IndexEntry } from '../../odb/data-index.ts';
import { type HashInfo, isTreeOid } from '../../odb/hash-info.ts';
import type { TreeEntries } from '../../odb/tree.ts';
import type { CallOptions } from '../../storage/call.ts';
import { observe, type Observed } from '../collect/observe.ts';
import type { Repo } from '../repo.ts';
import { isImport, isRepoImport, type Output, type Stage } from '../stage.ts';
import type { Listings } from './listings.ts';

/** An output that has its data in the cache and in a place of the repository: what a data index is made of. */
export interface TrackedOutput {
  readonly stage: Stage;
  readonly output: Output;
}

/** The tracked outputs of `stages` that `reaches` says yes to, by their paths. */
export function trackedOutputs(stages: readonly Stage[], reaches: (key: string) => boolean): ReadonlyMap<string, TrackedOutput> {
  const all = stages.flatMap((stage) => stage.outputs.map((output) => ({ stage, output })));
  return new Map(all.filter(({ output }) => output.cache && output.place === 'repository' && reaches(output.path)).map((one) => [one.output.path, one]));
}

/** What the `.dvc` files and locks of one revision say. */
export function recordedIndex(outputs: ReadonlyMap<string, TrackedOutput>, listings: Pick<Listings, 'read'>): DataIndex {
  const entries = new Map([...outputs].map(([key, one]): [string, IndexEntry] => {
    const hash = recordedHash(one);
    return [key, { key, isFolder: one.output.meta.isdir === true || (hash !== undefined && isTreeOid(hash.value)), ...(hash && { hash }) }];
  }));
  return {
    entries,
    async files({ key, hash }) {
      const output = outputs.get(key)?.output;
      if (!output || !hash || !isTreeOid(hash.value)) return [];
      if (output.files) return listedInFile(output);
      return listings.read(hash, output.remote === undefined ? {} : { remote: output.remote });
    },
  };
}

/** An import that was not downloaded yet is recorded by what it is at its source. */
export function recordedHash({ stage, output }: TrackedOutput): HashInfo | undefined {
  if (output.hash || !isImport(stage) || isRepoImport(stage)) return output.hash;
  const [source] = stage.dependencies;
  return source?.kind === 'path' || source?.kind === 'url' ? source.hash : undefined;
}

function listedInFile(output: Output): TreeEntries {
  return (output.files ?? []).flatMap(({ relpath, hash }) => (hash ? [{ relpath, oid: hash.value }] : []));
}

/** What lies in the workspace where `outputs` should be. Files that have not changed are not read. */
export async function workspaceIndex(repo: Repo, outputs: ReadonlyMap<string, TrackedOutput>, call: CallOptions = {}): Promise<DataIndex> {
  const observed = await observe(repo, [...outputs.values()].map(({ output }) => output), call);
  const byKey = new Map([...observed].map(([{ path, hashName }, now]) => [path, { now, hashName }]));
  const entries = new Map([...byKey].flatMap(([key, { now, hashName }]): [string, IndexEntry][] =>
    now.kind === 'absent' ? [] : [[key, { key, isFolder: now.kind === 'directory', hash: { name: hashName, value: now.oid } }]]));
  return { entries, files: async ({ key }) => filesOf(byKey.get(key)?.now) };
}

function filesOf(now: Observed | undefined): TreeEntries {
  return now?.kind === 'directory' ? now.entries : [];
}
