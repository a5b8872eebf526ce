import { resolve } from 'node:path';

import { followFile, realPath } from '../../disk/read.ts';
import { TowlineError } from '../../errors.ts';
import type { HashName } from '../../odb/hash-info.ts';
import type { ObjectDb } from '../../odb/object-db.ts';
import { createDiskObjects } from '../../odb/disk-objects.ts';
import { openFolder } from '../../odb/open.ts';
import { type Config } from '../../remotes/config.ts';
import { findRemote } from '../../remotes/find-remote.ts';
import { loadConfig } from '../../remotes/load-config.ts';
import type { CallOptions } from '../../storage/call.ts';
import { collectStages } from '../collect/stages.ts';
import { openCommits } from '../commit.ts';
import { createDataRemote, type DataRemote } from '../data-remote.ts';
import { isUrl } from '../files/place.ts';
import { openClone, REMOTE_HEAD } from '../git/clones.ts';
import { createGit, type Git } from '../git/git.ts';
import { gitTop } from '../git/ignored.ts';
import { unknownRevision } from '../git/refs.ts';
import { mirrorsOf } from '../mirrors.ts';
import type { Lent } from '../repo.ts';
import type { Revision } from '../revision.ts';
import { openWorkTree } from '../worktree.ts';
import { type Overlay, withOverlay } from './other-config.ts';

/** Which repository, at which state. */
export interface OtherAddress extends Overlay {
  readonly url: string;
  readonly revision?: string | undefined;
  /** Folders from which a relative path may start, the likeliest first. */
  readonly bases: readonly string[];
  /** Without a revision: the commit that is checked out, not the files as they lie there, so that it can be recorded. */
  readonly isPinned?: boolean;
}

/** Another repository, opened at one state. It may be one of DVC, or of Git alone, or both. */
export interface OtherRepo {
  readonly url: string;
  /** Absolute: its folder on this machine, or the folder it would have; relative paths of its configuration start there. */
  readonly root: string;
  /** Where it lies on this machine. */
  readonly local?: string;
  readonly revision: Revision;
  /** The id of the commit; undefined for a work tree. */
  readonly commit?: string;
  readonly git?: Git;
  /** The same repository with a folder of it as the root: a nested one has its own `.dvc`. */
  at(folder: string): Promise<OtherRepo>;
  /** Where objects are: its cache where that is on this machine, then the remote of that name, or its default one. */
  places(name: HashName, remote?: string): Promise<readonly ObjectDb[]>;
  remote(name?: string): Promise<DataRemote>;
  close(): Promise<void>;
}

/** Opens another repository: a path of this machine where it lies, a URL as a clone that is kept. Throws NOT_FOUND for what is none, and for a revision it does not have. */
export async function openOther(lent: Lent, address: OtherAddress, call: CallOptions = {}): Promise<OtherRepo> {
  const local = localFolder(address);
  if (local !== undefined) return openHere(lent, address, local);
  const git = await openClone(lent, cloneUrl(address), { revision: address.revision, signal: call.signal });
  const commit = await commitOf(git, address.revision ?? REMOTE_HEAD, address.revision);
  const root = rootOfClone(address) ?? git.folder;
  return describe(lent, address, { git, root, commit, folder: '' });
}

/** A folder with `.dvc` or a work tree of Git; a bare repository is cloned like one elsewhere. */
function localFolder({ url, bases }: OtherAddress): string | undefined {
  if (isUrl(url) || /^[^/\\]+:(?!\\)/.test(url)) return undefined;
  const found = bases.map((base) => resolve(base, url)).find((path) => followFile(path)?.kind === 'folder');
  const real = found === undefined ? undefined : realPath(found);
  return real !== undefined && (followFile(`${real}/.dvc`)?.kind === 'folder' || followFile(`${real}/.git`) !== undefined || gitTop(real) !== undefined) ? real : undefined;
}

/** What Git is given: a path as an absolute one. */
function cloneUrl({ url, bases }: OtherAddress): string {
  if (isUrl(url) || /^[^/\\]+:(?!\\)/.test(url)) return url;
  const [first = '.'] = bases;
  return resolve(bases.find((base) => followFile(resolve(base, url)) !== undefined) ?? first, url);
}

/** A clone of a folder of this machine keeps that folder's place: a remote `../store` lies beside it. */
function rootOfClone(address: OtherAddress): string | undefined {
  const path = /^file:\/\/(?:localhost)?(\/.*)$/i.exec(address.url)?.[1] ?? (isUrl(address.url) ? undefined : cloneUrl(address));
  return path !== undefined && followFile(path)?.kind === 'folder' ? realPath(path) : undefined;
}

async function openHere(lent: Lent, address: OtherAddress, root: string): Promise<OtherRepo> {
  const git = gitTop(root) === undefined ? undefined : createGit(root, lent);
  if (address.revision === undefined && address.isPinned !== true) return describe(lent, address, { git, root, commit: undefined, folder: '', local: root });
  if (!git) throw new TowlineError('NOT_FOUND', `'${address.url}' is in no Git repository, so it has no revisions`, { hint: "'tow get' takes its data as it lies there.", context: { reason: 'no-git-repository' } });
  const commit = await commitOf(git, address.revision ?? 'HEAD', address.revision);
  return describe(lent, address, { git, root, commit, folder: '', local: root });
}

async function commitOf(git: Git, name: string, asked: string | undefined): Promise<string> {
  for (const candidate of [name, `refs/remotes/origin/${name}`]) {
    if (candidate.startsWith('-')) break;
    const id = (await git.run(['rev-parse', '--verify', '--quiet', `${candidate}^{commit}`], { answers: [1, 128] })).toString('utf8').trim();
    if (id !== '') return id;
  }
  throw unknownRevision(asked ?? 'HEAD');
}

interface Opened {
  readonly git: Git | undefined;
  readonly root: string;
  readonly commit: string | undefined;
  /** Relative to the root that was opened first. */
  readonly folder: string;
  readonly local?: string;
}

async function describe(lent: Lent, address: OtherAddress, opened: Opened): Promise<OtherRepo> {
  const { git, root, commit, folder, local } = opened;
  const own = folder === '' ? root : `${root}/${folder}`;
  let loaded: Promise<Config> | undefined;
  const load = async (read?: (path: string) => Promise<Uint8Array | undefined>): Promise<Config> =>
    withOverlay(await loadConfig({ runtime: lent, root: own, ...(read && { read }) }), address, { root: own, base: address.bases[0] ?? own });
  const commits = git && commit !== undefined ? openCommits(git, { loadConfig: ({ read }) => load(read), ...(local === undefined ? { folder } : {}) }) : undefined;
  const inner = commits && local !== undefined && folder !== '' && git ? openCommits(createGit(own, lent), { loadConfig: ({ read }) => load(read) }) : commits;
  const revision: Revision = inner && commit !== undefined ? await inner.open(commit) : openWorkTree(own, { runtime: lent, loadConfig: () => load(), noScm: git === undefined });
  const config = (): Promise<Config> => (loaded ??= revision.config());
  const remotes = new Map<string, DataRemote>();
  const mirrors = new Map<DataRemote, readonly DataRemote[]>();
  const nested: OtherRepo[] = [];
  const state = { folder: `${own}/.dvc/tmp/towline/state`, disk: lent.disk, now: lent.now };
  const memory = local === undefined && git ? { ...state, folder: `${git.folder}/towline/state` } : state;
  const remote = async (name?: string): Promise<DataRemote> => {
    const settings = await config();
    const known = remotes.get(name ?? '') ?? createDataRemote(findRemote(settings, name, { command: 'get' }), { opening: lent, defaults: { wait: lent.wait, processors: lent.processors }, memory, remotes: settings.remotes, find: (other) => findRemote(settings, other, { command: 'get' }) });
    remotes.set(name ?? '', known);
    return known;
  };
  return {
    url: address.url, root: own, revision, remote,
    ...(local !== undefined && { local: own }), ...(commit !== undefined && { commit }), ...(git && { git }),
    async at(inside) {
      const one = await describe(lent, address, { ...opened, folder: folder === '' ? inside : `${folder}/${inside}` });
      nested.push(one);
      return one;
    },
    async places(name, remoteName) {
      const cache = local === undefined ? [] : [await cacheAt(lent, { config: await config(), own, name })];
      const hasRemote = remoteName !== undefined || (await config()).get('core', 'remote') !== undefined;
      if (!hasRemote) return cache;
      const found = await remote(remoteName);
      // One that keeps the files themselves has to be told where each lies.
      const outputs = found.versions ? (await collectStages(revision)).flatMap((stage) => stage.outputs) : [];
      const places = [...cache, await found.objects(name, outputs)];
      const known = mirrors.get(found) ?? [...mirrorsOf(lent, found)];
      mirrors.set(found, known);
      for (const mirror of known) places.push(await mirror.objects(name, outputs));
      return places;
    },
    async close() {
      for (const one of nested) await one.close();
      for (const one of [...remotes.values(), ...[...mirrors.values()].flat()]) await one.close();
      commits?.close();
      inner?.close();
    },
  };
}

async function cacheAt(lent: Lent, { config, own, name }: { readonly config: Config; readonly own: string; readonly name: HashName }): Promise<ObjectDb> {
  const folder = config.get('cache', 'dir')?.value ?? `${own}/.dvc/cache`;
  const storage = await openFolder(folder, lent, { isShared: false, links: [] });
  return createDiskObjects(folder, storage, { name, defaults: { wait: lent.wait, processors: lent.processors }, memory: { folder: `${own}/.dvc/tmp/towline/state`, disk: lent.disk, now: lent.now } });
}
