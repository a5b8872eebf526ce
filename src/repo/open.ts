import { hasCode, TowlineError } from '../errors.ts';
import type { TransferDefaults } from '../odb/loose.ts';
import { openFolder } from '../odb/open.ts';
import type { Config } from '../remotes/config.ts';
import { findRemote } from '../remotes/find-remote.ts';
import { loadConfig } from '../remotes/load-config.ts';
import { createJournal } from '../storage/transfer/journal.ts';
import { type Cache, createCache, type LinkKind } from './cache.ts';
import { type Commits, openCommits } from './commit.ts';
import { createDataRemote } from './data-remote.ts';
import { findRoot } from './find-root.ts';
import type { Lent, Repo } from './repo.ts';
import { openWorkTree, type WorkTree } from './worktree.ts';

/** Opens the repository around `cwd`. Reads only its configuration; throws NO_REPOSITORY, or INVALID_CONFIG, before anything is done. */
export async function openRepo(lent: Lent, cwd: string): Promise<Repo> {
  const root = findRoot(cwd);
  const config = await loadConfig({ runtime: lent, root }).catch(atOpening);
  const workspace = openWorkTree(root, { runtime: lent, loadConfig: async () => config, noScm: isTrue(config, 'core', 'no_scm') });
  const defaults: TransferDefaults = { journal: createJournal(`${root}/.dvc/tmp/towline/journal`, lent), wait: lent.wait, processors: lent.processors, ...(lent.partThreshold !== undefined && { partThreshold: lent.partThreshold }) };
  const configs = new Map<string, Config>([['workspace', config]]);
  const commits = createCommits({ lent, root, workspace, configs });
  return {
    root,
    lent,
    cache: await openCache({ lent, root, config, defaults }),
    workspace,
    commits,
    remote(revision, { name, command }) {
      const own = configs.get(revision.name) ?? config;
      return createDataRemote(findRemote(own, name, { command }), { opening: lent, defaults, memory: { folder: `${root}/${STATE}`, disk: lent.disk, now: lent.now }, remotes: own.remotes, find: (other) => findRemote(own, other, { command }) });
    },
  };
}

/** Commits, opened when the first is asked for; each brings its own configuration. */
function createCommits({ lent, root, workspace, configs }: { readonly lent: Lent; readonly root: string; readonly workspace: WorkTree; readonly configs: Map<string, Config> }): Commits {
  let opened: Commits | undefined;
  const start = (): Commits => {
    if (!workspace.git) throw new TowlineError('NOT_FOUND', 'this repository is used without Git, so it has no branches, tags and commits');
    return openCommits(workspace.git, { loadConfig: (revision) => loadConfig({ runtime: lent, root, read: revision.read }) });
  };
  return {
    async open(name) {
      const revision = await (opened ??= start()).open(name);
      configs.set(revision.name, await revision.config());
      return revision;
    },
    close: () => opened?.close(),
  };
}

/** A repository that cannot be opened is another failure than that of the command: the exit code differs. */
function atOpening(error: unknown): never {
  if (!hasCode(error, 'INVALID_CONFIG')) throw error;
  throw new TowlineError(error.code, error.message, { cause: error, context: { ...error.context, stage: 'opening' }, ...(error.hint !== undefined && { hint: error.hint }) });
}

async function openCache({ lent, root, config, defaults }: { readonly lent: Lent; readonly root: string; readonly config: Config; readonly defaults: TransferDefaults }): Promise<Cache> {
  const folder = config.get('cache', 'dir')?.value ?? `${root}/.dvc/cache`;
  const isShared = config.get('cache', 'shared')?.value === 'group';
  const type = config.get('cache', 'type');
  const links = (type?.items ?? type?.value.split(',') ?? DEFAULT_LINKS).map((one) => one.trim()).filter((one): one is LinkKind => LINKS.some((link) => link === one));
  const storage = await openFolder(folder, lent, { isShared, links });
  return createCache({ root: folder, storage, links, isShared, stateFolder: `${root}/${STATE}`, disk: lent.disk, now: lent.now, defaults });
}

/** What is remembered of files and folders, below the repository: deleting it costs time only. */
const STATE = '.dvc/tmp/towline/state';
const LINKS: readonly LinkKind[] = ['reflink', 'hardlink', 'symlink', 'copy'];
const DEFAULT_LINKS: readonly LinkKind[] = ['reflink', 'copy'];

const isTrue = (config: Config, section: string, key: string): boolean => config.get(section, key)?.value.toLowerCase() === 'true';
