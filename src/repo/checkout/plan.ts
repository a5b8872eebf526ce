import { caseTwins, checkLocalName, foldsCase } from '../../disk/case.ts';
import { followFile, statFile } from '../../disk/read.ts';
import { hasCode, TowlineError } from '../../errors.ts';
import { isTreeOid, type Oid } from '../../odb/hash-info.ts';
import { loadTree } from '../../odb/load-tree.ts';
import { oidSet } from '../../odb/oid-set.ts';
import type { Tree, TreeEntry } from '../../odb/tree.ts';
import type { CallOptions } from '../../storage/call.ts';
import type { Observed } from '../collect/observe.ts';
import type { Selected } from '../collect/targets.ts';
import { inside } from '../collect/wanted.ts';
import type { Repo } from '../repo.ts';

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
  readonly place: readonly Placement[];
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

/** An output with what lies in its place now. */
interface Situation extends Selected {
  readonly observed: Observed;
  readonly relink: boolean;
}

/** Compares what an output should be with what is there. Changes nothing. */
export async function planOutput(repo: Repo, situation: Situation, call: CallOptions = {}): Promise<OutputPlan> {
  const { output, inner, observed } = situation;
  const hash = output.hash;
  if (!hash || isUnchanged(situation)) return emptyPlan(situation);
  const wanted = await wantedFiles(repo, situation, call);
  if (wanted === undefined) return { ...emptyPlan(situation), missing: [output.path] };
  const current = currentFiles(observed, { output, inner });
  const differing = new Set(wanted.filter(({ path, oid }) => current.get(path) !== oid));
  const asked = situation.relink ? wanted : [...differing];
  const wantedPaths = new Set(wanted.map(({ path }) => path));
  const extra = [...current.keys()].filter((path) => !wantedPaths.has(path));
  const cache = repo.cache.objects(hash.name);
  const here = await cache.present(oidSet(asked.map(({ oid }) => oid)), call);
  const place = asked.filter(({ oid }) => here.has(oid));
  const replaced = [...place.map(({ path }) => path), ...extra].filter((path) => current.has(path));
  const isTree = isTreeOid(hash.value);
  const clear = (observed.kind === 'file' && isTree) || (observed.kind === 'directory' && !isTree);
  return {
    path: output.path,
    label: isTree ? `${output.path}/` : output.path,
    selected: situation,
    change: observed.kind === 'absent' ? 'added' : differing.size + extra.length > 0 || clear ? 'modified' : 'none',
    place,
    files: {
      added: place.filter(({ path }) => !current.has(path)).length,
      modified: place.filter((one) => current.has(one.path) && differing.has(one)).length,
      deleted: clear ? 0 : extra.length,
    },
    remove: extra,
    clear,
    unsaved: await unsavedFiles(repo, situation, { paths: replaced, current, wanted: new Map(wanted.map(({ path, oid }) => [path, oid])) }),
    missing: asked.filter(({ oid }) => !here.has(oid)).map(({ path }) => path),
  };
}

/** What is already what it should be is not looked at file by file. */
const isUnchanged = ({ observed, output, relink }: Situation): boolean => !relink && observed.kind !== 'absent' && observed.oid === output.hash?.value;

const emptyPlan = (situation: Situation): OutputPlan => ({
  path: situation.output.path, label: situation.output.path, selected: situation, change: 'none', place: [], files: { added: 0, modified: 0, deleted: 0 }, remove: [], clear: false, unsaved: [], missing: [],
});

/** The files the output should be made of, or undefined when the listing of a directory is not in the cache. */
async function wantedFiles(repo: Repo, { output, inner }: Situation, call: CallOptions): Promise<readonly Placement[] | undefined> {
  const { hash, path, meta } = output;
  if (!hash) return [];
  if (!isTreeOid(hash.value)) return [{ path, oid: hash.value, executable: meta.isexec === true }];
  const tree = await loadTree(hash.value, [repo.cache.objects(hash.name)], call).catch((error: unknown) => {
    if (hasCode(error, 'CORRUPT')) return undefined;
    throw error;
  });
  const toPlacement = ({ relpath, oid }: TreeEntry): Placement => ({ path: `${path}/${relpath}`, oid, executable: false });
  if (!tree) return undefined;
  checkNames(repo, path, tree);
  return inside(tree, inner).map(toPlacement);
}

/** Refuses names that this file system would take for other ones. */
function checkNames({ lent, root }: Repo, path: string, { entries }: Tree): void {
  for (const { relpath } of entries) checkLocalName(relpath, lent.platform);
  if (lent.platform === 'linux' || !foldsCase(root)) return;
  const [twins] = caseTwins(entries.map(({ relpath }) => relpath));
  if (!twins) return;
  throw new TowlineError('UNSUPPORTED', `'${path}' holds ${twins.map((one) => `'${one}'`).join(' and ')}, which are one file here: names differ only in case`, { hint: 'Check it out on a file system that tells upper from lower case.' });
}

function currentFiles(observed: Observed, { output, inner }: Pick<Selected, 'output' | 'inner'>): ReadonlyMap<string, Oid> {
  if (observed.kind === 'absent') return new Map();
  if (observed.kind === 'file') return new Map([[output.path, observed.oid]]);
  const below = observed.rows.names.map((relpath, row) => [relpath, observed.oids[row]] as const).filter(([relpath]) => inner === '' || relpath === inner || relpath.startsWith(`${inner}/`));
  return new Map(below.map(([relpath, oid]) => [`${output.path}/${relpath}`, oid ?? ('' as Oid)]));
}

/** Of the files that go or are replaced, those whose content the cache does not have. */
async function unsavedFiles(repo: Repo, { output }: Situation, files: { readonly paths: readonly string[]; readonly current: ReadonlyMap<string, Oid>; readonly wanted: ReadonlyMap<string, Oid> }): Promise<readonly string[]> {
  const { paths, current, wanted } = files;
  const lost = paths.filter((path) => current.get(path) !== wanted.get(path));
  const oids = lost.flatMap((path) => current.get(path) ?? []);
  if (oids.length === 0) return [];
  const saved = await repo.cache.objects(output.hashName).present(oidSet(oids));
  return lost.filter((path) => !isLinkToCache(repo, path) && !saved.has(current.get(path) ?? ('' as Oid))).map((path) => `${repo.root}/${path}`);
}

/** A symbolic link into the cache that leads nowhere holds no content of its own. */
function isLinkToCache(repo: Repo, path: string): boolean {
  const absolute = `${repo.root}/${path}`;
  return statFile(absolute)?.kind === 'link' && followFile(absolute) === undefined;
}
