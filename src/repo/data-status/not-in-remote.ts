import { childOf, type IndexEntry, labelOf } from '../../odb/data-index.ts';
import type { HashName, Oid } from '../../odb/hash-info.ts';
import { createOidSetBuilder, type OidSet } from '../../odb/oid-set.ts';
import { filterEntries, type TreeEntries } from '../../odb/tree-entries.ts';
import type { CallOptions } from '../../storage/call.ts';
import { byRemote, type ForRemote } from '../collect/by-remote.ts';
import { hasData } from '../collect/select.ts';
import type { Selected } from '../collect/targets.ts';
import type { Repo } from '../repo.ts';
import { isRepoImport } from '../stage.ts';
import { recordedIndex, type TrackedOutput } from './indexes.ts';
import type { Listings } from './listings.ts';
import type { Scope } from './scope.ts';

/** What is asked about the remotes. */
export interface RemoteQuestion {
  /** In place of the default remote. */
  readonly remote?: string;
  readonly granular: boolean;
  readonly scope: Scope;
  readonly listings: Listings;
}

/** The labels of what a push would have to upload. Every object is asked for, also each file of a directory: a listing on a remote proves nothing of its files. */
export async function findNotInRemote(repo: Repo, outputs: ReadonlyMap<string, TrackedOutput>, question: RemoteQuestion & CallOptions): Promise<readonly string[]> {
  const pushed = [...outputs.values()].filter(({ stage, output }) => output.push && !isRepoImport(stage)).map((one): Selected => ({ ...one, inner: '' })).filter(hasData);
  const pinned = pushed.filter(({ output }) => output.remote !== undefined);
  const others = pushed.filter(({ output }) => output.remote === undefined);
  const named = { command: 'data status', ...(question.remote !== undefined && { name: question.remote }) };
  const hasRemote = question.remote !== undefined || (await repo.workspace.config()).get('core', 'remote') !== undefined;
  const groups = [...(hasRemote ? byRemote(repo, [{ revision: repo.workspace, selected: others }], named) : []), ...byRemote(repo, [{ revision: repo.workspace, selected: pinned }], { command: 'data status' })];
  // Without a remote there is nothing anywhere, which is an answer.
  const labels = hasRemote ? [] : await lackingOf(others, { ...question, find: async () => createOidSetBuilder(1).build() });
  for (const group of groups) labels.push(...(await askGroup(group, question)));
  return labels;
}

async function askGroup({ remote, selected }: ForRemote, question: RemoteQuestion & CallOptions): Promise<readonly string[]> {
  try {
    return await lackingOf(selected, { ...question, find: async (name, wanted) => (await remote.objects(name, selected.map(({ output }) => output))).present(wanted, question.signal && { signal: question.signal }) });
  } finally {
    await remote.close();
  }
}

/** One output and the files in it; `files` undefined: its listing is nowhere. */
interface Content {
  readonly entry: IndexEntry;
  readonly oid: Oid;
  readonly files: TreeEntries | undefined;
}

type Question = RemoteQuestion & { readonly find: (name: HashName, wanted: OidSet) => Promise<OidSet> };

async function lackingOf(selected: readonly Selected[], question: Question): Promise<string[]> {
  const labels: string[] = [];
  for (const name of new Set(selected.flatMap(({ output }) => output.hash?.name ?? []))) {
    const contents = await contentsOf(selected.filter(({ output }) => output.hash?.name === name), question.listings);
    const wanted = createOidSetBuilder();
    for (const { entry, oid, files } of contents) {
      wanted.add(oid, sizes(selected).get(entry.key));
      for (const file of files ?? []) wanted.add(file.oid);
    }
    const found = await question.find(name, wanted.build());
    for (const content of contents) labels.push(...lackingIn(content, { ...question, found }));
  }
  return labels;
}

async function contentsOf(selected: readonly Selected[], listings: Listings): Promise<readonly Content[]> {
  const index = recordedIndex(new Map(selected.map((one) => [one.output.path, one])), listings);
  const contents: Content[] = [];
  for (const entry of index.entries.values()) {
    if (entry.hash) contents.push({ entry, oid: entry.hash.value, files: entry.isFolder ? await index.files(entry) : [] });
  }
  return contents;
}

/** File sizes tell a cut upload from a whole one; that of a directory is not the size of its listing. */
const sizes = (selected: readonly Selected[]): ReadonlyMap<string, number | undefined> => new Map(selected.map(({ output }) => [output.path, output.meta.isdir === true ? undefined : output.meta.size]));

/** A directory as one thing is there only with all its files. */
function lackingIn({ entry, oid, files }: Content, { found, granular, scope }: RemoteQuestion & { readonly found: OidSet }): readonly string[] {
  const isCovered = scope.covers(entry.key);
  const lacking = [...filterEntries(files ?? [], (file) => !found.has(file.oid))];
  const own = !found.has(oid) || (!granular && lacking.length > 0);
  const inner = granular || !isCovered ? lacking.map(({ relpath, oid: child }) => childOf(entry, relpath, child)).filter(({ key }) => scope.covers(key)) : [];
  return [...(own && isCovered ? [entry] : []), ...inner].map(labelOf);
}
