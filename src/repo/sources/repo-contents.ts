import { compareCodePoints } from '../../disk/names.ts';
import { TowlineError } from '../../errors.ts';
import { isTreeOid, type Oid } from '../../odb/hash-info.ts';
import { loadTree } from '../../odb/load-tree.ts';
import type { Tree } from '../../odb/tree.ts';
import type { CallOptions } from '../../storage/call.ts';
import { parsePath } from '../../storage/path.ts';
import { listingOf } from '../collect/listing.ts';
import { collect } from '../collect/stages.ts';
import { inside as entriesInside } from '../collect/wanted.ts';
import { joinInside } from '../files/place.ts';
import type { Lent } from '../repo.ts';
import type { Output, RepoDependency, Stage } from '../stage.ts';
import { importedFrom } from './imported-from.ts';
import { openOther, type OtherRepo } from './other-repo.ts';

/** One file or directory that a stage of the other repository tracks. */
export interface Tracked {
  readonly stage: Stage;
  readonly output: Output;
}

/** A file that is tracked, or one of a tracked directory. */
export interface TrackedFile extends Tracked {
  /** Undefined while its stage says no hash. */
  readonly oid?: Oid;
  readonly tree?: Tree;
  /** Its place in the tracked directory. */
  readonly inner: string;
}

/** One file of another repository: of Git, or of what DVC tracks. */
export interface OtherFile {
  /** Relative to what was asked for; '' when that is a file. */
  readonly relpath: string;
  /** Relative to the root of `repo`. */
  readonly path: string;
  /** The repository it is in: a nested one has its own. */
  readonly repo: OtherRepo;
  readonly tracked?: TrackedFile;
}

/** What lies at a path of another repository. */
export interface Contents {
  readonly kind: 'file' | 'directory';
  readonly files: readonly OtherFile[];
  readonly repo: OtherRepo;
}

/** How to look: with the files that say what is tracked, and whether into tracked directories. */
export interface Looking extends CallOptions {
  readonly lent: Lent;
  /** `.dvc` files and `dvc.yaml` count as files. */
  readonly withDvcFiles: boolean;
  /** Only what DVC tracks. */
  readonly isTrackedOnly?: boolean;
  /** Tracked directories below the path stand for themselves: their listings, which may be far away, are not read. */
  readonly isShallow?: boolean;
}

/** Finds what is at `path`, in the nearest repository around it. Throws NOT_FOUND. */
export async function contentsAt(other: OtherRepo, path: string, looking: Looking): Promise<Contents> {
  const wanted = joinInside('', path.replace(/^\/+/, ''));
  if (wanted === undefined) throw absent(other, path);
  const { repo, inside } = await nearestRepo(other, wanted);
  const { tracked, faults } = await trackedIn(repo);
  const around = tracked.find(({ output }) => inside === output.path || inside.startsWith(`${output.path}/`));
  if (around) return await insideTracked(repo, { ...around, inside }, looking);
  if (looking.isTrackedOnly !== true && inside !== '' && (await repo.revision.look(inside))) return { kind: 'file', repo, files: [{ relpath: '', path: inside, repo }] };
  const files = await below(repo, { inside, tracked, looking });
  const [fault] = faults;
  // A list in which tracked data counts as other files, or is missing, would be a lie.
  if (fault && looking.withDvcFiles) throw fault;
  if (files.length > 0 || inside === '') return { kind: 'directory', repo, files };
  throw fault ?? absent(other, path);
}

/** What the stages of a repository track, and those of its files that cannot be read. */
export async function trackedIn(repo: OtherRepo): Promise<{ readonly tracked: readonly Tracked[]; readonly faults: readonly TowlineError[] }> {
  const { stages, faults } = await collect(repo.revision);
  return { faults, tracked: stages.flatMap((stage) => stage.outputs.filter((output) => output.place === 'repository' && output.cache).map((output): Tracked => ({ stage, output }))) };
}

export function absent({ url, root, local }: OtherRepo, path: string): TowlineError {
  return new TowlineError('NOT_FOUND', `[Errno 2] No such file or directory: '${local === undefined ? path : `${root}/${path}`}'`, { hint: `'tow list ${url}' shows what is there.`, context: { reason: 'no-such-path' } });
}

/** The innermost repository with a `.dvc` of its own around a path. */
export async function nearestRepo(other: OtherRepo, path: string): Promise<{ readonly repo: OtherRepo; readonly inside: string }> {
  const parts = path === '' ? [] : path.split('/');
  for (let count = parts.length; count > 0; count--) {
    const folder = parts.slice(0, count).join('/');
    if ((await other.revision.look(`${folder}/.dvc/config`)) === undefined) continue;
    return { repo: await other.at(folder), inside: parts.slice(count).join('/') };
  }
  return { repo: other, inside: path };
}

/** What a tracked output holds at and below a path. */
async function insideTracked(repo: OtherRepo, { stage, output, inside }: Tracked & { readonly inside: string }, looking: Looking): Promise<Contents> {
  const inner = inside.slice(output.path.length + 1);
  const tree = await treeOf(repo, { stage, output }, looking);
  if (!tree) {
    if (inner !== '') throw absent(repo, inside);
    return { kind: 'file', repo, files: [{ relpath: '', path: inside, repo, tracked: { stage, output, inner: '', ...(output.hash && { oid: output.hash.value }) } }] };
  }
  const entries = [...entriesInside(tree, inner)];
  if (entries.length === 0 && inner !== '') throw absent(repo, inside);
  const isFile = inner !== '' && entries[0]?.relpath === inner;
  const files = entries.map(({ relpath, oid }): OtherFile => ({ relpath: isFile ? '' : inner === '' ? relpath : relpath.slice(inner.length + 1), path: `${output.path}/${relpath}`, repo, tracked: { stage, output, oid, tree, inner: relpath } }));
  return { kind: isFile ? 'file' : 'directory', repo, files };
}

/** The listing of a tracked directory, from wherever it is: of an import, from where that comes from. Undefined for a file. */
export async function treeOf(repo: OtherRepo, { stage, output }: Tracked, { lent, ...call }: Looking): Promise<Tree | undefined> {
  if (!output.hash || !isTreeOid(output.hash.value)) return undefined;
  const options = call.signal ? { signal: call.signal } : {};
  const places = await repo.places(output.hash.name, output.remote);
  const tree = listingOf(output) ?? (await loadTree(output.hash.value, places, options));
  if (tree) return tree;
  const source = sourceOf(stage);
  if (source) {
    const origin = await openOther(lent, importedFrom(source, { root: repo.root, folder: stage.workingFolder }), options);
    try {
      const { files } = await contentsAt(origin, source.path, { lent, withDvcFiles: false, ...options });
      const [first] = files;
      if (first?.tracked?.tree?.oid === output.hash.value) return first.tracked.tree;
    } finally {
      await origin.close();
    }
  }
  throw new TowlineError('NOT_FOUND', `the listing of '${output.path}' (${output.hash.value}) is neither in the cache of '${repo.url}' nor on its remote`, { hint: "Push it from where it was made, or name the remote that has it with '--remote'.", context: { exitCode: 255 } });
}

export const sourceOf = (stage: Stage): RepoDependency | undefined => stage.dependencies.find((one): one is RepoDependency => one.kind === 'repo');

interface Below { readonly inside: string; readonly tracked: readonly Tracked[]; readonly looking: Looking }

/** All files below a folder: those of Git, and what is tracked there. A name that is both is the tracked one. */
async function below(repo: OtherRepo, { inside, tracked, looking }: Below): Promise<readonly OtherFile[]> {
  const prefix = inside === '' ? '' : `${inside}/`;
  const files = new Map<string, OtherFile>();
  const outputs = tracked.filter(({ output }) => output.path.startsWith(prefix));
  const paths = new Set(outputs.map(({ output }) => output.path));
  // What lies in a work tree is listed, whatever Git thinks of it, and in tracked directories, too.
  if (looking.isTrackedOnly !== true && looking.withDvcFiles && looking.isShallow !== true && repo.commit === undefined) {
    for await (const path of repo.revision.files()) if (path.startsWith(prefix)) files.set(path, { relpath: parsePath(path.slice(prefix.length)), path, repo });
  } else if (looking.isTrackedOnly !== true) {
    const leads = (folder: string): boolean => prefix === '' || folder === inside || folder.startsWith(prefix) || prefix.startsWith(`${folder}/`);
    for await (const folder of repo.revision.walk((path) => leads(path) && !paths.has(path))) {
      if (folder.path !== inside && !folder.path.startsWith(prefix)) continue;
      for (const name of folder.files) {
        if (!looking.withDvcFiles && isDvcFile(name)) continue;
        const path = folder.path === '' ? name : `${folder.path}/${name}`;
        files.set(path, { relpath: parsePath(path.slice(prefix.length)), path, repo });
      }
    }
  }
  for (const one of outputs) {
    if (looking.isShallow === true) {
      const { path, hash } = one.output;
      files.set(path, { relpath: path.slice(prefix.length), path, repo, tracked: { ...one, inner: '', ...(hash && { oid: hash.value }) } });
      continue;
    }
    const { files: held } = await insideTracked(repo, { ...one, inside: one.output.path }, looking);
    for (const file of held) files.set(file.path, { ...file, relpath: file.path.slice(prefix.length) });
  }
  return [...files.values()].sort((a, b) => compareCodePoints(a.relpath, b.relpath));
}

/** What says what is tracked, and is no data. */
export const isDvcFile = (name: string): boolean => name.endsWith('.dvc') || name === 'dvc.yaml' || name === '.dvcignore';
