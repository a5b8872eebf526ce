import { createHash } from 'node:crypto';

import type { Disk } from '../../disk/disk.ts';
import { makeFolders, removeTree } from '../../disk/folders.ts';
import { lockFile } from '../../disk/lock.ts';
import { exists } from '../../disk/read.ts';
import { temporaryPath } from '../../disk/temporary.ts';
import { TowlineError } from '../../errors.ts';
import { shownUrl } from '../../remotes/shown-url.ts';
import type { Runtime } from '../../runtime.ts';
import { createGit, type Git } from './git.ts';

/** What a clone is lent. */
export interface CloneLent extends Pick<Runtime, 'env' | 'home' | 'platform' | 'report' | 'wait'> { readonly disk: Disk }

/** Where the tip of the branch that the other side has checked out is kept. */
export const REMOTE_HEAD = 'refs/towline/head';
const REFSPECS = ['+refs/heads/*:refs/heads/*', '+refs/tags/*:refs/tags/*', '+refs/exps/*:refs/exps/*', `+HEAD:${REMOTE_HEAD}`];

/** Clones that were asked for what is new, by their folders: once is enough for whoever was lent the same. */
const fetched = new WeakMap<CloneLent, Map<string, Promise<void>>>();

/** A bare clone of another repository, in the cache of the user and kept there: the other side is only asked where `revision` could have moved, or is not here yet. */
export async function openClone(lent: CloneLent, url: string, { revision, signal }: { readonly revision: string | undefined; readonly signal?: AbortSignal | undefined }): Promise<Git> {
  refuseHelpers(url);
  const folder = `${cacheFolder(lent)}/${createHash('sha256').update(url).digest('hex').slice(0, 40)}.git`;
  const git = createGit(folder, lent);
  const options = signal ? { signal } : {};
  if (exists(folder) && revision !== undefined && /^[0-9a-f]{40}([0-9a-f]{24})?$/.test(revision) && (await has(git, revision))) return git;
  const asked = fetched.get(lent) ?? new Map<string, Promise<void>>();
  fetched.set(lent, asked);
  const running = asked.get(folder) ?? oneAtATime(lent, { url, folder, ...options });
  asked.set(folder, running);
  await running;
  return git;
}

const has = async (git: Git, id: string): Promise<boolean> => (await git.run(['cat-file', '-t', id], { answers: [128] })).toString('utf8').startsWith('commit');

interface Cloning { readonly url: string; readonly folder: string; readonly signal?: AbortSignal }

/** Two programs that fetch into one clone would find each other's references locked. */
async function oneAtATime(lent: CloneLent, cloning: Cloning): Promise<void> {
  const lock = await lockFile(`${cloning.folder}.lock`, { runtime: lent, pidText: 'clone', waitForever: true, ...(cloning.signal && { signal: cloning.signal }) });
  try {
    await bringUp(lent, cloning);
  } finally {
    lock.release();
  }
}

/** Fetches what is new; a clone that is not there yet is made under another name first, so that two who make it do not meet. */
async function bringUp(lent: CloneLent, { url, folder, ...options }: Cloning): Promise<void> {
  lent.report?.({ kind: 'phase', name: `Cloning ${shownUrl(url)}` });
  if (exists(folder)) return fetchInto(createGit(folder, lent), url, options);
  const parent = folder.slice(0, folder.lastIndexOf('/'));
  makeFolders(lent.disk, parent);
  const temporary = temporaryPath(parent);
  try {
    await createGit(parent, lent).run(['init', '--bare', '--quiet', temporary], options);
    await fetchInto(createGit(temporary, lent), url, options);
    if (!exists(folder)) lent.disk.rename(temporary, folder);
  } finally {
    removeTree(lent.disk, temporary);
  }
}

/** The URL is given anew each time, so that a password in it is in no file; some sides have no HEAD, as one without commits. */
async function fetchInto(git: Git, url: string, options: { readonly signal?: AbortSignal }): Promise<void> {
  const fetch = async (refspecs: readonly string[]): Promise<unknown> => git.run(['-c', 'protocol.ext.allow=never', 'fetch', '--quiet', '--no-tags', '--prune', '--force', '--', url, ...refspecs], options);
  try {
    await fetch(REFSPECS);
  } catch (error) {
    if (!(error instanceof TowlineError) || error.code === 'ABORTED') throw error;
    if (/remote ref HEAD/i.test(String(error.message))) throw cloneError(url, new Error('it has no commit'));
    throw cloneError(url, error);
  }
}

function cloneError(url: string, cause: Error): TowlineError {
  const shown = shownUrl(url);
  const why = cause.message.replaceAll(url, shown).replace(/^git (?:fetch|-c) failed: /, '').replace(/^'[^']*' does not appear to be a git repository.*/s, `No git repository was found at ${shown}`);
  return new TowlineError('NOT_FOUND', `SCM error: Failed to clone repo '${shown}': ${why}`, { hint: "Try 'git ls-remote' with this URL: what Git can reach, tow can, too.", context: { reason: 'no-clone' } });
}

/** `ext::` and its like run programs: no URL that came with a repository may. */
function refuseHelpers(url: string): void {
  if (!/^[A-Za-z0-9+.-]+::/.test(url) && !url.startsWith('-')) return;
  throw new TowlineError('PERMISSION_DENIED', `'${shownUrl(url)}' would have Git run a program; such URLs are not followed`, { hint: 'Use https://, ssh://, file:// or a path.' });
}

function cacheFolder({ env, home, platform }: CloneLent): string {
  const given = env['XDG_CACHE_HOME'];
  const base = given !== undefined && given !== '' ? given : platform === 'darwin' ? `${home}/Library/Caches` : platform === 'win32' ? (env['LOCALAPPDATA'] ?? `${home}/AppData/Local`).replaceAll('\\', '/') : `${home}/.cache`;
  return `${base}/towline/clones`;
}
