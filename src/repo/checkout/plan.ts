import { caseTwins, checkLocalName, foldsCase } from '../../disk/case.ts';
import { followFile, statFile } from '../../disk/read.ts';
import { hasCode, TowlineError } from '../../errors.ts';
import { isTreeOid, type Oid } from '../../odb/hash-info.ts';
import { loadTree } from '../../odb/load-tree.ts';
import { createOidSetBuilder, oidSet, type OidSet } from '../../odb/oid-set.ts';
import { inOrder, type Tree } from '../../odb/tree.ts';
import { createEntriesBuilder, type EntryPair, filterEntries, oidsOf, pairEntries, type TreeEntries, type TreeEntry } from '../../odb/tree-entries.ts';
import type { CallOptions } from '../../storage/call.ts';
import type { Observed } from '../collect/observe.ts';
import type { Selected } from '../collect/targets.ts';
import { inside } from '../collect/wanted.ts';
import type { Repo } from '../repo.ts';
import type { Output } from '../stage.ts';

/** One file to bring out: relative to the repository. */
export interface Placement {
  readonly path: string;
  readonly oid: Oid;
  readonly executable: boolean;
}

/** What has to happen to one output. Paths are relative to the repository. */
export interface OutputPlan {
  readonly path: string;
  /** As shown: a directory ends with '/'. */
  readonly label: string;
  readonly selected: Selected;
  readonly change: 'none' | 'added' | 'modified' | 'deleted';
  /** In the order of their names, which are relative to the output; '' is the output itself. */
  readonly place: TreeEntries;
  /** How many single files that adds, changes and removes. */
  readonly files: { readonly added: number; readonly modified: number; readonly deleted: number };
  readonly remove: readonly string[];
  /** A file stands where a directory must be, or the other way round: it goes first. */
  readonly clear: boolean;
  /** Absolute paths of files that would be lost: their content is not in the cache. */
  readonly unsaved: readonly string[];
  /** Files whose object is not in the cache. */
  readonly missing: readonly string[];
}

/** A file of a plan in full. */
export function placementOf({ path, selected: { output } }: OutputPlan, { relpath, oid }: TreeEntry): Placement {
  return { path: pathOf(path, relpath), oid, executable: relpath === '' && output.meta.isexec === true };
}

const pathOf = (folder: string, relpath: string): string => (relpath === '' ? folder : `${folder}/${relpath}`);

/** An output with what lies in its place now. */
interface Situation extends Selected {
  readonly observed: Observed;
  readonly relink: boolean;
}

/** Compares what an output should be with what is there. Changes nothing. */
export async function planOutput(repo: Repo, situation: Situation, call: CallOptions = {}): Promise<OutputPlan> {
  const { output, observed, relink } = situation;
  const hash = output.hash;
  if (!hash || isUnchanged(situation)) return emptyPlan(situation);
  const wanted = await wantedFiles(repo, situation, call);
  if (wanted === undefined) return { ...emptyPlan(situation), missing: [output.path] };
  const current = currentFiles(situation);
  const asked = createOidSetBuilder();
  for (const { before, after } of pairEntries(current, wanted)) if (after !== undefined && (relink || before !== after)) asked.add(after);
  const here = await repo.cache.objects(hash.name).present(asked.build(), call);
  const { replaced, isSame, ...files } = sortOut(pairEntries(current, wanted), { relink, here, path: output.path });
  const isTree = isTreeOid(hash.value);
  const clear = observed.kind !== 'absent' && (observed.kind === 'directory') !== isTree;
  return {
    path: output.path,
    label: isTree ? `${output.path}/` : output.path,
    selected: situation,
    change: observed.kind === 'absent' ? 'added' : isSame && !clear ? 'none' : 'modified',
    ...files,
    files: { ...files.files, deleted: clear ? 0 : files.remove.length },
    clear,
    unsaved: await unsavedFiles(repo, output, replaced),
  };
}

interface Sorting {
  readonly relink: boolean;
  /** What the cache has. */
  readonly here: OidSet;
  readonly path: string;
}

/** `replaced`: the files that go, or are made anew with other content, as they are now. */
function sortOut(pairs: Iterable<EntryPair>, { relink, here, path }: Sorting): Pick<OutputPlan, 'place' | 'files' | 'remove' | 'missing'> & { readonly replaced: TreeEntries; readonly isSame: boolean } {
  const [place, replaced] = [createEntriesBuilder(), createEntriesBuilder()];
  const [remove, missing]: [string[], string[]] = [[], []];
  const files = { added: 0, modified: 0, deleted: 0 };
  let isSame = true;
  for (const { relpath, before, after } of pairs) {
    isSame &&= before === after;
    if (before === after && !relink) continue;
    if (after === undefined) remove.push(pathOf(path, relpath));
    else if (here.has(after)) place.add(relpath, after);
    else {
      missing.push(pathOf(path, relpath));
      continue;
    }
    if (before === undefined) files.added++;
    else if (before !== after) replaced.add(relpath, before);
    if (before !== undefined && after !== undefined && before !== after) files.modified++;
  }
  return { place: place.build(), replaced: replaced.build(), remove, missing, files, isSame };
}

/** What is already what it should be is not looked at file by file. */
const isUnchanged = ({ observed, output, relink }: Situation): boolean => !relink && observed.kind !== 'absent' && observed.oid === output.hash?.value;

const emptyPlan = (situation: Situation): OutputPlan => ({
  path: situation.output.path, label: situation.output.path, selected: situation, change: 'none', place: [], files: { added: 0, modified: 0, deleted: 0 }, remove: [], clear: false, unsaved: [], missing: [],
});

/** The files the output should be made of, or undefined when the listing of a directory is not in the cache. */
async function wantedFiles(repo: Repo, { output, inner }: Situation, call: CallOptions): Promise<TreeEntries | undefined> {
  const { hash, path } = output;
  if (!hash) return [];
  if (!isTreeOid(hash.value)) return [{ relpath: '', oid: hash.value }];
  const tree = await loadTree(hash.value, [repo.cache.objects(hash.name)], call).catch((error: unknown) => {
    if (hasCode(error, 'CORRUPT')) return undefined;
    throw error;
  });
  if (!tree) return undefined;
  checkNames(repo, path, tree);
  return inOrder(inside(tree, inner));
}

/** Refuses names that this file system would take for other ones. */
function checkNames({ lent, root }: Repo, path: string, { entries }: Tree): void {
  for (const { relpath } of entries) checkLocalName(relpath, lent.platform);
  if (lent.platform === 'linux' || !foldsCase(root)) return;
  const [twins] = caseTwins(Array.from(entries, ({ relpath }) => relpath));
  if (!twins) return;
  throw new TowlineError('UNSUPPORTED', `'${path}' holds ${twins.map((one) => `'${one}'`).join(' and ')}, which are one file here: names differ only in case`, { hint: 'Check it out on a file system that tells upper from lower case.' });
}

function currentFiles({ observed, inner }: Situation): TreeEntries {
  if (observed.kind === 'absent') return [];
  return observed.kind === 'file' ? [{ relpath: '', oid: observed.oid }] : inside(observed, inner);
}

/** Of the files that go or are replaced, those whose content the cache does not have. */
async function unsavedFiles(repo: Repo, { hashName, path }: Output, lost: TreeEntries): Promise<readonly string[]> {
  if (lost.length === 0) return [];
  const saved = await repo.cache.objects(hashName).present(oidSet(oidsOf(lost)));
  const unsaved = filterEntries(lost, ({ relpath, oid }) => !isLinkToCache(repo, pathOf(path, relpath)) && !saved.has(oid));
  return Array.from(unsaved, ({ relpath }) => `${repo.root}/${pathOf(path, relpath)}`);
}

/** A symbolic link into the cache that leads nowhere holds no content of its own. */
function isLinkToCache(repo: Repo, path: string): boolean {
  const absolute = `${repo.root}/${path}`;
  return statFile(absolute)?.kind === 'link' && followFile(absolute) === undefined;
}
